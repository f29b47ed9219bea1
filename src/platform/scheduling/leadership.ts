import { Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../logging/index.js';
import { LeaseRepository } from './lease.repository.js';

/** How long a lease outlives its last renewal: a dead leader is replaced after this time. */
const LEASE_MS = 15_000;
/** Three tries before the lease ends. */
const RENEW_EVERY_MS = LEASE_MS / 4;

interface HeldLease {
  /** By our own clock, counted from before the request was sent: never later than the server's deadline. */
  readonly heldUntilMs: number;
  readonly expiry: Timer;
  readonly lost: AbortController;
}

/**
 * Which leader-only jobs this instance leads. A job is led from the first successful acquisition until the
 * lease could not be renewed in time; its `AbortSignal` then tells a running job to stop. Held leases are
 * renewed between runs as well, so that a job with a long period keeps its leader.
 */
@Injectable()
export class Leadership {
  private readonly held = new Map<string, HeldLease>();
  private heartbeat: Timer | undefined;
  private isStopped = false;

  constructor(
    private readonly leases: LeaseRepository,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  /** True while this instance leads `job`. */
  isLeading(job: string): boolean {
    const lease = this.held.get(job);
    return lease !== undefined && this.clock.monotonic() < lease.heldUntilMs;
  }

  /** Tries to lead `job`. The signal aborts when the leadership is lost; undefined when another leads. */
  async lead(job: string): Promise<AbortSignal | undefined> {
    if (!this.isLeading(job)) this.drop(job);
    const isMine = await this.renew(job);
    this.scheduleHeartbeat();
    return isMine ? this.held.get(job)?.lost.signal : undefined;
  }

  /** Gives all leases back; leads nothing any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.heartbeat?.cancel();
    if (this.held.size === 0) return;
    for (const job of [...this.held.keys()]) this.drop(job);
    await this.leases.releaseAll(this.ids.instanceId);
  }

  private async renew(job: string): Promise<boolean> {
    const heldUntilMs = this.clock.monotonic() + LEASE_MS;
    const isMine = await this.leases.acquireOrRenew(job, this.ids.instanceId, LEASE_MS);
    if (!isMine || this.isStopped) {
      this.drop(job);
      return false;
    }
    const previous = this.held.get(job);
    previous?.expiry.cancel();
    const expiry = this.clock.after(heldUntilMs - this.clock.monotonic(), () => this.drop(job));
    this.held.set(job, { heldUntilMs, expiry, lost: previous?.lost ?? new AbortController() });
    return true;
  }

  private drop(job: string): void {
    const lease = this.held.get(job);
    lease?.expiry.cancel();
    lease?.lost.abort();
    this.held.delete(job);
  }

  private scheduleHeartbeat(): void {
    if (this.isStopped || this.heartbeat !== undefined || this.held.size === 0) return;
    this.heartbeat = this.clock.after(RENEW_EVERY_MS, () => void this.beat());
  }

  private async beat(): Promise<void> {
    for (const job of [...this.held.keys()]) await this.renewOrWait(job);
    this.heartbeat = undefined;
    this.scheduleHeartbeat();
  }

  /** A failed renewal is no loss yet: the lease still runs, and the next beat may succeed. */
  private async renewOrWait(job: string): Promise<void> {
    try {
      await this.renew(job);
    } catch (error) {
      this.logger.warn('A lease could not be renewed', { job, err: error });
    }
  }
}
