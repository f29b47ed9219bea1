import { hostname } from 'node:os';
import type { Clock } from '../kernel/clock.js';
import { LockBackendMismatchError } from './errors.js';
import type { LockInstance, LockInstanceRepository } from './lock-instance.repository.js';

/** An instance that ended without a word counts for this long. */
const LEASE_MS = 10_000;
const POLL_MS = 250;
/** A backend that was first used so short ago has no locks to have lost: its first instances start together. */
const NEW_FOR_MS = 60_000;

/**
 * Which backend the instances on this database take their locks from. All must agree: each of two backends would
 * give the same lock.
 */
export class BackendRecord {
  private readonly mine: LockInstance;

  /** @param backend a text that is the same for all instances which share their locks */
  constructor(
    private readonly instances: LockInstanceRepository,
    private readonly clock: Clock,
    instanceId: string,
    backend: string,
  ) {
    this.mine = { name: `${instanceId}|${hostname()}|${process.pid}`, backend };
  }

  /**
   * Joins the others; waits until those that ended without a word are forgotten.
   * @returns whether no lock was taken from this backend before
   * @throws LockBackendMismatchError LOCK_BACKEND_MISMATCH
   */
  async join(): Promise<boolean> {
    const untilMs = this.clock.monotonic() + LEASE_MS + POLL_MS;
    for (;;) {
      const other = await this.tryToJoin();
      if (other === undefined) return (await this.instances.ageOf(this.mine.backend)) < NEW_FOR_MS;
      if (this.clock.monotonic() > untilMs) {
        throw new LockBackendMismatchError(this.mine.backend, other.backend);
      }
      await this.clock.sleep(POLL_MS);
    }
  }

  /** To be called a few times within the lease. */
  beat(): Promise<void> {
    return this.instances.note(this.mine, LEASE_MS);
  }

  leave(): Promise<void> {
    return this.instances.forget(this.mine);
  }

  /** The instance that is in the way. */
  private tryToJoin(): Promise<LockInstance | undefined> {
    return this.instances.transaction(async (transaction) => {
      const others = await this.instances.othersThan(this.mine, transaction);
      const other = others.find((instance) => !isGone(instance));
      if (other === undefined) await this.instances.note(this.mine, LEASE_MS, transaction);
      return other;
    });
  }
}

/** A process of this machine that is no more. Process numbers of other machines say nothing here. */
function isGone({ name }: LockInstance): boolean {
  const [, host, pid] = name.split('|');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
