import type { Clock, Timer } from '../../kernel/clock.js';
import { LOG_BYTES, LOG_EVENTS } from './event-ring.js';
import type { LogListener } from './log-listeners.js';
import type { LoggedEvent, LogPosition, Replayed } from './replay-log.js';

/** Events that wait while what is before them is read; when there are more, the log is read once more instead. */
const MOST_HELD = LOG_EVENTS;
const MOST_HELD_BYTES = LOG_BYTES;
const MOST_SKIPPED = 1_000;
const RETRY_MS = 500;

/** No log begins with this epoch. */
const NOWHERE: LogPosition = { epoch: '', seq: 0 };

/** A message that is no event: something happened to the log. */
export const LOOK_AGAIN = '- 0 -';

/** Asks the log; undefined: nobody answered. */
export type ReadLog = (position: LogPosition) => Promise<Replayed | undefined>;

interface Heard extends LoggedEvent {
  readonly epoch: string;
  readonly id: string;
}

/**
 * Brings the events of a channel to its listeners on this instance, in order and each once. Messages are the fast way;
 * where one is missing, the log is read.
 */
export class LogFollower {
  private readonly listeners = new Set<LogListener>();
  private readonly skipped = new Set<string>();
  private readonly expected = new Set<string>();
  private at: LogPosition | undefined;
  private held: Heard[] = [];
  private heldBytes = 0;
  /** Something that was held was let go of. */
  private isBehind = false;
  private isReading = false;
  private retry: Timer | undefined;
  private isClosed = false;

  constructor(
    private readonly clock: Clock,
    private readonly read: ReadLog,
    private readonly onLeft: () => void,
  ) {}

  add(listener: LogListener): () => void {
    this.listeners.add(listener);
    return () => {
      if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
      this.close();
      this.onLeft();
    };
  }

  /** Somebody was told that the log ends here: what comes after is told. */
  begin(end: LogPosition): void {
    if (this.at !== undefined) return;
    this.at = end;
    // What is being read begins before this.
    if (!this.isReading) this.acceptHeld();
  }

  /** Nobody could say where the log ends: whatever it has is behind a gap, also when nothing is added to it. */
  beginNowhere(): void {
    if (this.at !== undefined) return;
    this.at = NOWHERE;
    this.catchUp();
  }

  /** An event of this instance is on its way to the log. */
  expect(id: string): void {
    this.expected.add(id);
  }

  /** Its answer has come, or will not come. @returns whether it was heard: then it is in the log */
  settle(id: string): boolean {
    return !this.expected.delete(id);
  }

  /** An event that listeners have had by another way. */
  skip(id: string): void {
    this.skipped.add(id);
    const [oldest] = this.skipped;
    if (this.skipped.size > MOST_SKIPPED && oldest !== undefined) this.skipped.delete(oldest);
  }

  hear(message: string): void {
    const heard = parse(message);
    if (heard === undefined) this.catchUp();
    else {
      this.expected.delete(heard.id);
      this.accept(heard);
    }
  }

  /** Messages may be missing. */
  catchUp(): void {
    if (this.isReading) this.isBehind = true;
    else if (!this.isClosed) void this.readOn();
  }

  close(): void {
    this.isClosed = true;
    this.retry?.cancel();
  }

  private accept(heard: Heard): void {
    if (this.isReading || this.at === undefined) this.hold(heard);
    else this.take(heard, this.at);
  }

  private hold(heard: Heard): void {
    this.held.push(heard);
    this.heldBytes += Buffer.byteLength(heard.payload);
    if (this.held.length <= MOST_HELD && this.heldBytes <= MOST_HELD_BYTES) return;
    this.takeHeld();
    this.isBehind = true;
  }

  private takeHeld(): readonly Heard[] {
    const { held } = this;
    this.held = [];
    this.heldBytes = 0;
    return held;
  }

  private take(heard: Heard, at: LogPosition): void {
    if (heard.epoch !== at.epoch) {
      // The log began anew: what was in between cannot be known.
      this.at = { epoch: heard.epoch, seq: heard.seq };
      this.tellGap();
      this.tell(heard);
    } else if (heard.seq === at.seq + 1) {
      this.at = { epoch: heard.epoch, seq: heard.seq };
      this.tell(heard);
    } else if (heard.seq > at.seq) {
      this.hold(heard);
      this.catchUp();
    }
  }

  private async readOn(): Promise<void> {
    this.isReading = true;
    const asked = this.at;
    const replayed = await this.read(asked ?? NOWHERE);
    this.isReading = false;
    if (this.isClosed) return;
    if (replayed === undefined) {
      this.retry?.cancel();
      this.retry = this.clock.after(RETRY_MS, () => this.catchUp());
      return;
    }
    // Somebody began meanwhile, and must get what came since.
    if (asked === undefined && this.at !== undefined) this.catchUp();
    else this.takeOver(replayed, asked);
  }

  private takeOver(replayed: Replayed, before: LogPosition | undefined): void {
    this.at = replayed.end;
    if (before !== undefined && replayed.isWhole) {
      for (const event of replayed.events) this.tell({ ...event, epoch: replayed.end.epoch, id: '' });
    } else if (before !== undefined) this.tellGap();
    this.acceptHeld();
  }

  private acceptHeld(): void {
    for (const heard of this.takeHeld()) this.accept(heard);
    if (!this.isBehind || this.isReading) return;
    this.isBehind = false;
    this.catchUp();
  }

  private tell({ seq, payload, epoch, id }: Heard): void {
    if (this.skipped.delete(id)) return;
    for (const { onEvent } of this.listeners) onEvent({ seq, payload }, epoch);
  }

  private tellGap(): void {
    for (const { onGap } of this.listeners) onGap();
  }
}

/** epoch, number, id and payload; only the last may hold spaces. Undefined of what is no event. */
function parse(message: string): Heard | undefined {
  const [epoch = '', seq = '', id = ''] = message.split(' ', 3);
  const number = Number(seq);
  if (!Number.isSafeInteger(number) || number < 1) return undefined;
  return { epoch, seq: number, id, payload: message.slice(epoch.length + seq.length + id.length + 3) };
}
