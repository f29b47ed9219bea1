import type { Clock } from '../../kernel/clock.js';
import { TokenBucket } from '../sessions/token-bucket.js';

const MAX_ADDRESSES = 50_000;

/** Bounds connects per address. Whoever commands more addresses than are remembered gains nothing from a fresh one. */
export class AddressGate {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly perSecond: number,
    private readonly clock: Clock,
  ) {}

  /** 0: let in; else how long the address has to wait. */
  enter(address: string): number {
    const now = this.clock.monotonic();
    const bucket = this.buckets.get(address) ?? this.remember(address, now);
    return bucket.take(1, now) ? 0 : Math.max(1, bucket.waitMs(1, now));
  }

  /** Forgets addresses that are as good as new. */
  prune(): void {
    const now = this.clock.monotonic();
    for (const [address, bucket] of this.buckets) if (bucket.isFull(now)) this.buckets.delete(address);
  }

  private remember(address: string, now: number): TokenBucket {
    const [oldest] = this.buckets.keys();
    if (this.buckets.size >= MAX_ADDRESSES && oldest !== undefined) this.buckets.delete(oldest);
    const bucket = new TokenBucket({ perSecond: this.perSecond, burst: this.perSecond }, now);
    this.buckets.set(address, bucket);
    return bucket;
  }
}
