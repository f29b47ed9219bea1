import type { Clock, Timer } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { EventRing, INTEREST_MS } from './event-ring.js';
import { LogListeners } from './log-listeners.js';
import { type LoggedEvent, type LogPosition, type Replayed, ReplayLog } from './replay-log.js';

const SWEEP_EVERY_MS = INTEREST_MS;
const EPOCH_LENGTH = 12;
/** Channels with a log; of more the one that was not used for longest is forgotten. */
const MAX_CHANNELS = 250;

interface ChannelLog {
  readonly epoch: string;
  readonly ring: EventRing;
  usedAtMs: number;
}

/** The log of an instance that is alone: gone when it stops, which the epoch tells. */
export class LocalReplayLog extends ReplayLog {
  private readonly logs = new Map<string, ChannelLog>();
  private readonly listeners = new LogListeners();
  private sweeping: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {
    super();
  }

  append(channelKey: string, payload: string): Promise<void> {
    if (this.isFollowed(channelKey)) this.add(channelKey, payload);
    return Promise.resolve();
  }

  followed(channelKeys: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(channelKeys.filter((channelKey) => this.isFollowed(channelKey))));
  }

  listen(
    channelKey: string,
    onEvent: (event: LoggedEvent, epoch: string) => void,
    onGap: () => void,
  ): () => void {
    const listener = { onEvent, onGap };
    this.listeners.add(channelKey, listener);
    return () => {
      if (this.listeners.remove(channelKey, listener)) this.logOf(channelKey);
    };
  }

  end(channelKey: string): Promise<LogPosition> {
    const { epoch, ring } = this.logOf(channelKey);
    return Promise.resolve({ epoch, seq: ring.seq });
  }

  since(channelKey: string, position: LogPosition): Promise<Replayed> {
    const { epoch, ring } = this.logOf(channelKey);
    const end = { epoch, seq: ring.seq };
    const events = position.epoch === epoch ? ring.since(position.seq) : undefined;
    return Promise.resolve(events === undefined ? { isWhole: false, end } : { isWhole: true, events, end });
  }

  close(): void {
    this.sweeping?.cancel();
    this.sweeping = undefined;
    this.logs.clear();
  }

  private add(channelKey: string, payload: string): void {
    const { epoch, ring } = this.logs.get(channelKey) ?? this.logOf(channelKey);
    this.listeners.tell(channelKey, ring.add(payload), epoch);
  }

  /** A log that begins later has another epoch: whoever comes back to an older one hears of the gap. */
  private isFollowed(channelKey: string): boolean {
    const isFollowed = this.listeners.has(channelKey) || this.isInteresting(channelKey);
    if (!isFollowed) this.logs.delete(channelKey);
    return isFollowed;
  }

  private isInteresting(channelKey: string): boolean {
    const log = this.logs.get(channelKey);
    return log !== undefined && this.clock.monotonic() - log.usedAtMs < INTEREST_MS;
  }

  /** The log for somebody who is interested in it. */
  private logOf(channelKey: string): ChannelLog {
    const usedAtMs = this.clock.monotonic();
    const there = this.logs.get(channelKey);
    const log = there ?? { epoch: this.ids.token(EPOCH_LENGTH), ring: new EventRing(), usedAtMs };
    log.usedAtMs = usedAtMs;
    // Last used, last in the order.
    this.logs.delete(channelKey);
    this.logs.set(channelKey, log);
    if (this.logs.size > MAX_CHANNELS) this.forgetOldest();
    this.sweeping ??= this.clock.after(SWEEP_EVERY_MS, () => this.sweep());
    return log;
  }

  private forgetOldest(): void {
    for (const key of this.logs.keys()) {
      if (this.listeners.has(key)) continue;
      this.logs.delete(key);
      return;
    }
  }

  private sweep(): void {
    const oldest = this.clock.monotonic() - INTEREST_MS;
    for (const [key, { usedAtMs }] of this.logs) {
      if (usedAtMs > oldest) break;
      if (!this.listeners.has(key)) this.logs.delete(key);
    }
    this.sweeping = this.logs.size > 0 ? this.clock.after(SWEEP_EVERY_MS, () => this.sweep()) : undefined;
  }
}
