import type { Clock } from '../../kernel/clock.js';
import { TenantVisits } from './tenant-visits.js';

/** More tenants than this do not wait: their readers load what they need themselves. */
const MOST_WAITING = 1_000;

/**
 * Warms for tenants that come back, one tenant after another: after a restart all of them come at once, and the
 * database has its readers to serve.
 */
export class LoginWarmups {
  private readonly visits: TenantVisits;
  private readonly waiting = new Set<string>();
  private isBusy = false;

  /** @param warm never rejects */
  constructor(
    clock: Clock,
    private readonly signal: AbortSignal,
    private readonly warm: (tenantId: string) => Promise<void>,
  ) {
    this.visits = new TenantVisits(clock);
  }

  /** Notes that somebody of a tenant is here. */
  note(tenantId: string): void {
    if (!this.visits.isReturn(tenantId) || this.signal.aborted || this.waiting.size >= MOST_WAITING) return;
    this.waiting.add(tenantId);
    if (!this.isBusy) void this.warmWaiting();
  }

  private async warmWaiting(): Promise<void> {
    this.isBusy = true;
    // Those who come meanwhile are found as well.
    for (const tenantId of this.waiting) {
      this.waiting.delete(tenantId);
      if (!this.signal.aborted) await this.warm(tenantId);
    }
    this.isBusy = false;
  }
}
