/** How much may be taken from a bucket. */
export interface BucketRate {
  readonly perSecond: number;
  /** What it holds when nothing was taken for a while. */
  readonly burst: number;
}

/** Bounds a rate, and lets bursts pass. */
export class TokenBucket {
  private tokens: number;
  private filledAtMs: number;

  /** @param nowMs monotonic, here and below */
  constructor(
    private readonly rate: BucketRate,
    nowMs: number,
  ) {
    this.tokens = rate.burst;
    this.filledAtMs = nowMs;
  }

  /** False when there is not enough; nothing is taken then. */
  take(amount: number, nowMs: number): boolean {
    this.fill(nowMs);
    if (this.tokens < amount) return false;
    this.tokens -= amount;
    return true;
  }

  /** When `amount` can be taken; more than the bucket ever holds counts as all of it. */
  waitMs(amount: number, nowMs: number): number {
    this.fill(nowMs);
    const missing = Math.min(amount, this.rate.burst) - this.tokens;
    return Math.max(0, Math.ceil((missing / this.rate.perSecond) * 1_000));
  }

  /** Whether it holds all it can: then a new one would be the same. */
  isFull(nowMs: number): boolean {
    this.fill(nowMs);
    return this.tokens >= this.rate.burst;
  }

  private fill(nowMs: number): void {
    const grown = ((nowMs - this.filledAtMs) / 1_000) * this.rate.perSecond;
    if (grown <= 0) return;
    this.tokens = Math.min(this.rate.burst, this.tokens + grown);
    this.filledAtMs = nowMs;
  }
}
