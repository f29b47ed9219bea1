import { cellOf } from '../consistency/cells.js';
import type { InvalidationBus } from '../consistency/invalidation-bus.js';
import type { Replica } from '../consistency/replica.js';
import type { CacheStatistics } from '../monitoring/statistics.js';
import type { EntryPolicy } from './entry-policy.js';
import type { Keeper, LoadStart } from './keeper.js';
import { LOST, type SharedValues, type StorableValue } from './shared-values.js';

/** Others may be loading the key at the same moment: their leases are taken away at most this often. */
const MOST_TRIES = 3;

/** What Writer is made of. */
export interface WriterParts {
  readonly bus: InvalidationBus;
  readonly replica: Replica;
  readonly shared: SharedValues;
  readonly keeper: Keeper;
  readonly leaseMs: number;
  readonly nextToken: () => string;
  readonly statistics: CacheStatistics;
}

/** Stores values that were not loaded: the old one is invalidated everywhere first, then the new one is filled in. */
export class Writer {
  constructor(private readonly parts: WriterParts) {}

  /** @throws CacheValueError CACHE_VALUE_UNSUPPORTED, before anything is changed */
  async write(key: string, value: unknown, policy: EntryPolicy): Promise<void> {
    const { bus, keeper } = this.parts;
    const kept = await keeper.prepare(key, { value, costMs: 0 }, policy);
    let publishedAs: number | undefined;
    let start: LoadStart | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      // Whoever has another value in the process, or is loading one, must let go of it: each time anew.
      const { sequence } = await bus.publish({ cells: [cellOf(`k:${key}`)], keys: [key] });
      if (kept === undefined) return;
      // A value is no newer for being tried again: what was invalidated since the first try stays newer.
      publishedAs ??= sequence ?? Infinity;
      start ??= keeper.begin(key, policy);
      if (bus.isShared && !(await this.fill(key, kept, publishedAs))) continue;
      keeper.keep(start, { ...kept, ageMs: 0 }, policy.isEarlyRefreshed);
      return;
    }
    this.parts.statistics.counters.unkept += 1;
  }

  /** False when somebody else loads the key, has stored it, or has invalidated it at this very moment. */
  private async fill(key: string, kept: StorableValue, publishedAs: number): Promise<boolean> {
    const { shared, replica, leaseMs, nextToken } = this.parts;
    const token = nextToken();
    const lease = await shared.lease(key, { token, leaseMs, unusable: null });
    if (lease === LOST) return true;
    if (lease.kind !== 'leased') return false;
    // Whatever is invalidated after the first message of this write is newer than its value; and that may be made of
    // others out of this process, which are as of what was applied here.
    const asOf = Math.min(lease.sequence ?? Infinity, replica.applied, publishedAs);
    const at = { epoch: lease.epoch ?? replica.epoch, asOf };
    return (await shared.fill(key, token, kept, at)) !== false;
  }
}
