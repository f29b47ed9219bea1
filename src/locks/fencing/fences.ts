import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../platform/database/index.js';
import { LockFencedError } from '../errors.js';
import type { Lock } from '../lock.js';
import { checkResource } from '../lock-options.js';
import { FenceRepository } from './fence.repository.js';

/** A claim on a resource, to be checked by every write. */
export interface Fence {
  readonly resource: string;
  /** A whole number, greater than that of every earlier claim. */
  readonly number: string;
}

/** Claims that nobody has renewed for this long are forgotten; whoever held one is refused then. */
const KEPT_DAYS = 7;

/**
 * What a lock alone cannot promise: a holder that stood still may write after its lock went to another. So the
 * holder claims the resource in the database before it reads, and each of its transactions checks the claim. Of two
 * holders the one that claimed last goes on, and no write of the other comes after it
 * (M. Kleppmann, "How to do distributed locking", 2016; here the claim also precedes the read).
 */
@Injectable()
export class Fences {
  constructor(
    private readonly db: Database,
    private readonly fences: FenceRepository,
  ) {}

  /**
   * Claims the resource of a lock; before reading what will be written.
   * @throws LockLostError LOCK_LOST when the lock has ended
   */
  async claim(lock: Pick<Lock, 'resource' | 'assertHeld'>): Promise<Fence> {
    lock.assertHeld();
    return this.claimResource(this.db, lock.resource);
  }

  /** The same inside a transaction of the caller's, with or without a lock. */
  async claimResource(queryable: Queryable, resource: string): Promise<Fence> {
    return { resource, number: await this.fences.claim(queryable, checkResource(resource)) };
  }

  /**
   * To be called in the transaction that writes: until it ends nobody else can claim the resource.
   * @throws LockFencedError LOCK_FENCED when somebody has claimed it since
   */
  async check(transaction: Queryable, { resource, number }: Fence): Promise<void> {
    const isNewest = await this.fences.isNewest(transaction, resource, number);
    if (!isNewest) throw new LockFencedError(resource, number);
  }

  /** A transaction whose writes count only while the fence does. @throws LockFencedError LOCK_FENCED */
  write<T>(fence: Fence, work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.db.transaction(async (transaction) => {
      await this.check(transaction, fence);
      return work(transaction);
    });
  }

  /** Forgets claims that are long over. */
  async prune(now: Date): Promise<void> {
    const before = new Date(now.getTime() - KEPT_DAYS * 86_400_000);
    await this.fences.forget(before);
  }
}
