import type { CacheCounters } from '../monitoring/counters.js';
import { partsOf } from './change-parts.js';
import type { Appended, InvalidationLog } from './invalidation-log.js';
import { Journal } from './journal.js';
import type { Change, Replica } from './replica.js';

/** What Outbox is made of. */
export interface OutboxParts {
  readonly log: InvalidationLog;
  readonly replica: Replica;
  readonly counters: CacheCounters;
  /** Deletes what Redis holds of keys, and answers the Redis keys that the log's own script is to delete. */
  readonly dropShared: (keys: readonly string[]) => Promise<readonly string[]>;
}

/** Sends invalidations to the log, and remembers those that could not be sent. */
export class Outbox {
  private readonly journal = new Journal();

  constructor(private readonly parts: OutboxParts) {}

  /** Invalidations that wait for Redis. */
  get size(): number {
    return this.journal.size;
  }

  /** Undefined when the clock has begun another epoch; throws when Redis does not answer. */
  async send(change: Change): Promise<Appended | undefined> {
    const { log, replica, dropShared } = this.parts;
    const { epoch } = replica;
    const appended = await log.append(epoch, change, await dropShared(change.keys));
    if (appended !== undefined) replica.applyOwn(epoch, appended.sequence, change);
    return appended;
  }

  /** Remembers what could not be sent, and drops what this process read from Redis while it tried. */
  keep(change: Change): void {
    this.parts.replica.applyLocally(change);
    this.journal.add(change);
    this.parts.counters.journalled += 1;
  }

  /** Sends what waits. False when the clock began another epoch meanwhile; what was not sent waits on. */
  async replay(): Promise<boolean> {
    if (this.journal.size === 0) return true;
    const parts = partsOf(this.journal.take());
    try {
      while (parts[0] !== undefined && (await this.send(parts[0])) !== undefined) {
        parts.shift();
        this.parts.counters.replays += 1;
      }
      return parts.length === 0;
    } finally {
      for (const unsent of parts) this.journal.add(unsent);
    }
  }
}
