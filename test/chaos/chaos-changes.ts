import type { CacheService } from '../../src/cache/index.js';
import type { Random } from '../support/random.js';
import { InFlight } from './in-flight.js';
import { type Change, drawChange } from './keyspace.js';
import type { ChangeRecord, ChaosValue, FromWorker, WorkerOrder } from './messages.js';
import { monotonicMs } from './monotonic.js';
import type { RemoteDatabase } from './remote-database.js';

/** Pause between two changes, at most. */
const PAUSE_MS = 60;
const MOST_IN_FLIGHT = 8;

/** What ChaosChanges is made of. */
export interface ChaosChangesParts {
  readonly cache: CacheService;
  readonly database: RemoteDatabase;
  readonly random: Random;
  readonly order: WorkerOrder;
  readonly tell: (message: FromWorker) => void;
}

/** Writes random rows all the time, invalidates what they stand in, and tells when that was acknowledged. */
export class ChaosChanges {
  readonly failures: string[] = [];
  private readonly inFlight = new InFlight();
  /** Values that are set have the order in which they were written: one at a time. */
  private settled: Promise<void> = Promise.resolve();
  private isEnded = false;

  constructor(private readonly parts: ChaosChangesParts) {}

  begin(): void {
    const { random, order } = this.parts;
    if (this.isEnded) return;
    if (this.inFlight.count < MOST_IN_FLIGHT) {
      const change = drawChange(random, order.process, order.processes);
      this.inFlight.add(this.make(change).catch((error: unknown) => this.failures.push(String(error))));
    }
    setTimeout(() => this.begin(), random.below(PAUSE_MS));
  }

  /** Answers how many changes did not end. */
  end(): Promise<number> {
    this.isEnded = true;
    return this.inFlight.settle();
  }

  private async make(change: Change): Promise<void> {
    if (change.key === undefined) return this.invalidate(change);
    const after = this.settled;
    this.settled = after
      .then(() => this.set(change))
      .catch((error: unknown) => void this.failures.push(String(error)));
    return this.settled;
  }

  private async invalidate({ kind, rows, invalidation = {} }: Change): Promise<void> {
    const { cache, database } = this.parts;
    const version = await database.write(rows);
    const beganAtMs = monotonicMs();
    const { reach, sequence } = await cache.invalidate(invalidation);
    this.note({ kind, rows, version, beganAtMs, reach, sequence });
  }

  private async set({ kind, rows, key }: Change): Promise<void> {
    const { cache, database } = this.parts;
    if (key === undefined) return;
    const version = await database.write(rows);
    const beganAtMs = monotonicMs();
    const value: ChaosValue = rows.map((row) => [row, version]);
    await cache.set(key.key, value, key.options);
    this.note({ kind, rows, version, beganAtMs, reach: 'set', sequence: null });
  }

  private note(change: Omit<ChangeRecord, 'process' | 'acknowledgedAtMs'>): void {
    const acknowledgedAtMs = monotonicMs();
    const { order, tell } = this.parts;
    tell({ kind: 'changed', change: { ...change, process: order.process, acknowledgedAtMs } });
  }
}
