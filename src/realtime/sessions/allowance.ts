import { TokenBucket } from './token-bucket.js';

const FRAMES = { perSecond: 50, burst: 100 };
/** The burst takes several frames of full size. */
const BYTES = { perSecond: 128 * 1_024, burst: 512 * 1_024 };
/** A client that is a little too fast hears of it for ever; one that does not care is cut within a second. */
const REFUSALS = { perSecond: 25, burst: 50 };
/** A program with a fault repeats itself; somebody who tries by hand does not. */
const FAULTS = { perSecond: 0.1, burst: 10 };

/** What one connection may send. */
export class Allowance {
  private readonly frames: TokenBucket;
  private readonly bytes: TokenBucket;
  /** Most connections never need these. */
  private refusals: TokenBucket | undefined;
  private faults: TokenBucket | undefined;

  constructor(nowMs: number) {
    this.frames = new TokenBucket(FRAMES, nowMs);
    this.bytes = new TokenBucket(BYTES, nowMs);
  }

  /** @param bytes of a frame that came, pings of the protocol included */
  take(bytes: number, nowMs: number): boolean {
    return this.frames.take(1, nowMs) && this.bytes.take(bytes, nowMs);
  }

  /** When a frame of so many bytes would be let through. */
  waitMs(bytes: number, nowMs: number): number {
    return Math.max(this.frames.waitMs(1, nowMs), this.bytes.waitMs(bytes, nowMs));
  }

  /** Notes a frame that was refused. @returns whether the client may go on */
  noteRefusal(nowMs: number): boolean {
    this.refusals ??= new TokenBucket(REFUSALS, nowMs);
    return this.refusals.take(1, nowMs);
  }

  /** Notes a frame that was no message. @returns whether the client may go on */
  noteFault(nowMs: number): boolean {
    this.faults ??= new TokenBucket(FAULTS, nowMs);
    return this.faults.take(1, nowMs);
  }
}
