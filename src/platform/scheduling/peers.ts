import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../logging/index.js';
import { LeaseRepository } from './lease.repository.js';

/** Names of these leases: each instance has one of its own. */
const PREFIX = 'instance:';
/** An instance that ends without a word is forgotten after this time. */
const LEASE_MS = 10_000;
const BEAT_EVERY_MS = 1_000;
/** How long the last look at the table counts: an instance that appears is seen within this time. */
const TRUST_MS = 2_500;

/** What the last beat that succeeded found, by our own clock. */
interface LastBeat {
  /** From before it was sent. */
  readonly sentMs: number;
  readonly others: number;
}

/**
 * Whether other instances work on this database: for what a process may only keep while it is the only one. Each
 * instance that watches has a lease, and looks every second who else has one. Who appears is patient: `known` waits
 * until the others have had to see it. So between an instance that trusts to be alone and a newcomer that has waited
 * there is no overlap, whatever is paused or delayed, as long as clocks run equally fast.
 */
@Injectable()
export class Peers implements BeforeApplicationShutdown {
  private last: LastBeat | undefined;
  /** When everybody has had to see the present lease. */
  private knownFromMs = 0;
  private aloneCount = -1;
  private beating: Promise<void> | undefined;
  private timer: Timer | undefined;
  private isWatching = false;

  constructor(
    private readonly leases: LeaseRepository,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  /** Begins to watch, and to be seen. */
  async watch(): Promise<void> {
    if (this.isWatching) return;
    this.isWatching = true;
    await this.beat();
    await this.leases.forgetExpired(PREFIX).catch((error: unknown) => {
      this.logger.debug('Leases that have run out stay where they are', { err: error });
    });
  }

  /**
   * Undefined unless this instance is certainly the only one. The number, 0 at first, is another one each time that it is again,
   * so that what was kept before an interruption can be told from what is kept since.
   */
  get alone(): number | undefined {
    return this.isAlone() ? this.aloneCount : undefined;
  }

  /** Resolves when no other instance trusts to be alone: at once if there is none, else after 2.5 s at most. */
  async known(): Promise<void> {
    if (!this.isWatching) return;
    if (!this.isLeased()) await this.beat();
    if (this.last?.others === 0) return;
    await this.clock.sleep(this.knownFromMs - this.clock.monotonic());
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.isWatching) return;
    this.isWatching = false;
    this.timer?.cancel();
    await this.beating;
    await this.leases.releaseAll(this.name).catch((error: unknown) => {
      this.logger.warn('The lease of this instance could not be given back; it runs out', { err: error });
    });
  }

  /** Of the lease and of its owner: leases of jobs are given back apart from it. */
  private get name(): string {
    return `${PREFIX}${this.ids.instanceId}`;
  }

  /** One at a time; never rejects. */
  private beat(): Promise<void> {
    this.timer?.cancel();
    this.beating ??= this.look().finally(() => {
      this.beating = undefined;
      if (this.isWatching) this.timer = this.clock.after(BEAT_EVERY_MS, () => void this.beat());
    });
    return this.beating;
  }

  private async look(): Promise<void> {
    const sentMs = this.clock.monotonic();
    try {
      await this.leases.acquireOrRenew(this.name, this.name, LEASE_MS);
      const seenMs = this.clock.monotonic();
      // Not one unbroken lease: the others may have thought in between that they are alone.
      if (!this.isLeased()) this.knownFromMs = seenMs + TRUST_MS;
      // In a statement of its own: of two that appear at once, at least one sees the other.
      const others = await this.leases.countOthers(PREFIX, this.name);
      const wasAlone = this.isAlone();
      this.last = { sentMs, others };
      if (!wasAlone && this.isAlone()) this.aloneCount += 1;
    } catch (error) {
      this.logger.debug('Other instances could not be looked for', { err: error });
    }
  }

  private isAlone(): boolean {
    return this.last?.others === 0 && this.clock.monotonic() < this.last.sentMs + TRUST_MS;
  }

  private isLeased(): boolean {
    return this.last !== undefined && this.clock.monotonic() < this.last.sentMs + LEASE_MS;
  }
}
