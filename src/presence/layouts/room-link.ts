import type { Clock, Timer } from '../../kernel/clock.js';
import type { PresenceBus } from '../coordination/presence-bus.js';
import { type SharedPresence, TELL_EVERY_MS } from '../coordination/shared-presence.js';
import { type RemoteDiff, RemoteParts, type RemoteChanges } from './remote-parts.js';

/** What was told up to now is written by then. */
const READ_AGAIN_MS = 2 * TELL_EVERY_MS;

/** The ways to other instances. */
export interface Coordination {
  readonly bus: PresenceBus;
  readonly shared: SharedPresence;
  readonly clock: Clock;
}

/**
 * Follows a layout on other instances: hears their changes, and reads what they have told as a whole at first, when
 * messages may be missing, and when one turns out to be.
 */
export class RoomLink {
  readonly parts: RemoteParts;
  private readonly end: () => void;
  private readonly first: Promise<void>;
  private readAgain: Timer | undefined;
  private isClosed = false;

  constructor(
    private readonly channelKey: string,
    private readonly ways: Coordination,
    changes: RemoteChanges,
  ) {
    this.parts = new RemoteParts(changes);
    this.end = ways.bus.listen(
      channelKey,
      (message) => this.hear(message),
      () => void this.read().then(() => this.readLater()),
    );
    this.first = this.read();
  }

  /** When the others were asked for the first time, with or without an answer. */
  get isRead(): Promise<void> {
    return this.first;
  }

  drop(instanceIds: readonly string[]): void {
    for (const instanceId of instanceIds) this.parts.drop(instanceId);
  }

  /** Reads the whole when what was told up to now is written. */
  readLater(): void {
    if (this.isClosed) return;
    this.readAgain ??= this.ways.clock.after(READ_AGAIN_MS, () => {
      this.readAgain = undefined;
      void this.read();
    });
  }

  close(): void {
    this.isClosed = true;
    this.readAgain?.cancel();
    this.end();
  }

  private hear(message: string): void {
    if (!this.isClosed && !this.parts.apply(JSON.parse(message) as RemoteDiff)) this.readLater();
  }

  private async read(): Promise<void> {
    const { moment } = this.parts;
    const told = await this.ways.shared.others(this.channelKey);
    if (this.isClosed) return;
    const isWhole = told !== undefined && this.parts.replace(told, moment);
    if (!isWhole) this.readLater();
  }
}
