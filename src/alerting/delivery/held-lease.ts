import type { Clock, Timer } from '../../kernel/clock.js';
import { type DeliveryRepository, type Lease, LEASE_MS } from './delivery.repository.js';

const PROLONG_EVERY_MS = LEASE_MS / 3;

/** Prolongs a lease while work goes on; `lost` aborts as soon as somebody else may have it. */
export class HeldLease {
  private readonly controller = new AbortController();
  private timer: Timer;
  private validUntilMs: number;

  /** @param claimedAtMs when the claim was sent, monotonic: the lease began no earlier */
  constructor(
    private readonly lease: Lease,
    private readonly deliveries: DeliveryRepository,
    private readonly clock: Clock,
    claimedAtMs: number,
  ) {
    this.validUntilMs = claimedAtMs + LEASE_MS;
    this.timer = clock.after(PROLONG_EVERY_MS, () => void this.prolong());
  }

  get lost(): AbortSignal {
    return this.controller.signal;
  }

  /** Whether nobody else can have it; a process that stood still finds out here. */
  isHeld(): boolean {
    if (this.clock.monotonic() >= this.validUntilMs) this.controller.abort();
    return !this.controller.signal.aborted;
  }

  stop(): void {
    this.timer.cancel();
  }

  private async prolong(): Promise<void> {
    // A database that does not even refuse must not keep it from being noticed: somebody else may reach it.
    if (!this.isHeld()) return;
    const askedAtMs = this.clock.monotonic();
    this.timer = this.clock.after(PROLONG_EVERY_MS, () => void this.prolong());
    try {
      if (await this.deliveries.prolong(this.lease)) this.validUntilMs = askedAtMs + LEASE_MS;
      else this.controller.abort();
    } catch {
      // The database is away: until the lease ends nobody else has it either.
    }
    if (!this.isHeld()) this.stop();
  }
}
