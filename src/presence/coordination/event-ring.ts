import type { LoggedEvent } from './replay-log.js';

/** What a log keeps of a channel. */
export const LOG_EVENTS = 256;
export const LOG_BYTES = 256 * 1_024;
/** Nothing is kept of a channel that nobody has listened to, or asked for, for so long. */
export const INTEREST_MS = 60_000;

/** The latest events of a channel, numbered from 1. */
export class EventRing {
  seq = 0;
  private events: LoggedEvent[] = [];
  private bytes = 0;
  /** Events at the front that are dropped already: moving the array each time would cost more than they do. */
  private dropped = 0;

  add(payload: string): LoggedEvent {
    this.seq += 1;
    const event = { seq: this.seq, payload };
    this.events.push(event);
    this.bytes += Buffer.byteLength(payload);
    while (this.kept > LOG_EVENTS || (this.bytes > LOG_BYTES && this.kept > 0)) this.dropOldest();
    return event;
  }

  /** All that came after a number; undefined when some of it is gone, or the number is from the future. */
  since(seq: number): readonly LoggedEvent[] | undefined {
    const missed = this.seq - seq;
    if (missed < 0 || missed > this.kept) return undefined;
    return this.events.slice(this.events.length - missed);
  }

  private get kept(): number {
    return this.events.length - this.dropped;
  }

  private dropOldest(): void {
    this.bytes -= Buffer.byteLength(this.events[this.dropped]?.payload ?? '');
    this.dropped += 1;
    if (this.dropped < LOG_EVENTS) return;
    this.events = this.events.slice(this.dropped);
    this.dropped = 0;
  }
}
