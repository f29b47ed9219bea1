import type { Clock } from '../../kernel/clock.js';

/** A tenant that was away for this long comes back. */
const IDLE_MS = 15 * 60_000;
const MOST_TENANTS = 10_000;

/** When tenants were last here. Bounded: of too many, those that were here longest ago are forgotten. */
export class TenantVisits {
  private readonly seenAtMs = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Notes a visit. True for the first one after a while. */
  isReturn(tenantId: string): boolean {
    const nowMs = this.clock.monotonic();
    const seenAtMs = this.seenAtMs.get(tenantId);
    this.seenAtMs.delete(tenantId);
    this.seenAtMs.set(tenantId, nowMs);
    for (const oldest of this.seenAtMs.keys()) {
      if (this.seenAtMs.size <= MOST_TENANTS) break;
      this.seenAtMs.delete(oldest);
    }
    return seenAtMs === undefined || nowMs - seenAtMs >= IDLE_MS;
  }
}
