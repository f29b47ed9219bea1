import { type Claim, holderOf } from '../claim.js';
import type { Attempt, ExtensionTarget, LockStore } from './lock-store.js';
import type { LockLeaseRepository } from './lock-lease.repository.js';

/** Who is next asks often, the others seldom. */
const NEXT_ASKS_MS = 15;
const OTHERS_ASK_MS = 150;

/**
 * Locks as leases in a table, for several instances without Redis. Nothing is bound to a connection, so that any
 * pool will do. Waiters ask again instead of being told.
 */
export class PostgresLockStore implements LockStore {
  readonly kind = 'postgres';

  constructor(private readonly leases: LockLeaseRepository) {}

  onGrant(): void {
    // Nobody is told: waiters ask.
  }

  async tryClaim(claim: Claim, isWaiting: boolean): Promise<Attempt> {
    try {
      const token = await this.leases.take(claim);
      if (token !== undefined) return { kind: 'granted', token };
      if (isWaiting) await this.leases.queue(claim);
      const cycle = isWaiting && claim.isNested ? await this.leases.cycleOf(claim) : undefined;
      if (cycle === undefined) return await this.lookAt(claim);
      await this.leases.leave(claim);
      return { kind: 'deadlock', cycle };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'unavailable', nodes: [{ node: this.kind, reason }] };
    }
  }

  leave(claim: Claim): Promise<void> {
    return this.leases.leave(claim);
  }

  release(claim: Claim): Promise<boolean> {
    return this.leases.release(claim);
  }

  extend(claim: Claim): Promise<boolean> {
    return this.leases.extend(claim);
  }

  extensionOf({ resource, value }: Claim): ExtensionTarget {
    return { key: resource, value, servers: 1, quorum: 1 };
  }

  private async lookAt(claim: Claim): Promise<Attempt> {
    const row = await this.leases.holderOf(claim);
    const holder = row === undefined ? null : holderOf(row.claim);
    const retryMs = row?.isNext === false ? OTHERS_ASK_MS : NEXT_ASKS_MS;
    return { kind: 'busy', holder, remainingMs: Math.max(0, row?.remainingMs ?? 0), retryMs };
  }
}
