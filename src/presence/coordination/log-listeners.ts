import type { LoggedEvent } from './replay-log.js';

/** Hears of the events of a channel. */
export interface LogListener {
  readonly onEvent: (event: LoggedEvent, epoch: string) => void;
  readonly onGap: () => void;
}

/** Who listens to which channel, on this instance. */
export class LogListeners {
  private readonly byChannel = new Map<string, Set<LogListener>>();

  /** @returns whether it is the first one of the channel */
  add(channelKey: string, listener: LogListener): boolean {
    const there = this.byChannel.get(channelKey);
    if (there !== undefined) {
      there.add(listener);
      return false;
    }
    this.byChannel.set(channelKey, new Set([listener]));
    return true;
  }

  /** @returns whether it was the last one of the channel */
  remove(channelKey: string, listener: LogListener): boolean {
    const there = this.byChannel.get(channelKey);
    if (there?.delete(listener) !== true || there.size > 0) return false;
    this.byChannel.delete(channelKey);
    return true;
  }

  has(channelKey: string): boolean {
    return this.byChannel.has(channelKey);
  }

  tell(channelKey: string, event: LoggedEvent, epoch: string): void {
    for (const { onEvent } of this.byChannel.get(channelKey) ?? []) onEvent(event, epoch);
  }

  tellGap(channelKey: string): void {
    for (const { onGap } of this.byChannel.get(channelKey) ?? []) onGap();
  }
}
