import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, TransactionConflictError } from '../../platform/database/index.js';
import { DAY_MS } from '../time.js';
import { type Partition, partitionOf, PartitionRepository } from './partition.repository.js';
import { RawHorizon } from './raw-horizon.js';
import { RollupRepository } from './rollup.repository.js';

/** Partitions are made this far ahead, so that some weeks without the job lose no event. */
const AHEAD_MS = 40 * DAY_MS;

/** An event accepted just before its time ran out may still be on its way to the partition. */
const DROP_SLACK_MS = DAY_MS;

const ENSURE_ATTEMPTS = 10;
const ENSURE_PAUSE_MS = 500;

/** Keeps the monthly partitions that events need. Safe to repeat, and on several instances at once. */
@Injectable()
export class Partitions {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly partitions: PartitionRepository,
    private readonly rollups: RollupRepository,
    private readonly horizon: RawHorizon,
  ) {}

  /**
   * Creates missing partitions, from the oldest event that is accepted to some weeks ahead. A long query on
   * the table can be in the way; then it tries again for a while.
   * @throws TransactionConflictError DATABASE_TRANSACTION_CONFLICT
   */
  async ensure(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.horizon.note(await this.createMissing());
        return;
      } catch (error) {
        if (!(error instanceof TransactionConflictError) || attempt === ENSURE_ATTEMPTS) throw error;
        await this.clock.sleep(ENSURE_PAUSE_MS);
      }
    }
  }

  private createMissing(): Promise<Date> {
    return this.db.transaction(async (tx) => {
      await this.partitions.lock(tx);
      const droppedUntil = await this.partitions.droppedUntil(tx);
      const present = new Set((await this.partitions.list(tx)).map(({ name }) => name));
      const wanted = partitionsBetween(this.oldest(), new Date(this.clock.now().getTime() + AHEAD_MS));
      for (const partition of wanted) {
        const isWanted = !present.has(partition.name) && partition.from >= droppedUntil;
        if (isWanted) await this.partitions.create(tx, partition);
      }
      return droppedUntil;
    });
  }

  /** Drops partitions whose every event is older than raw rows are kept. */
  async dropExpired(): Promise<void> {
    const oldest = this.oldest();
    for (const partition of await this.partitions.list(this.db)) {
      if (partition.to <= oldest) await this.drop(partition);
    }
  }

  /** Not while the rollups of its hours are due or being made: they would be computed from nothing. */
  private drop(partition: Partition): Promise<void> {
    return this.db.transaction(async (tx) => {
      await this.partitions.lock(tx);
      const isFree = await this.rollups.lock(tx);
      if (isFree && !(await this.partitions.isMarked(tx, partition)))
        await this.partitions.drop(tx, partition);
    });
  }

  private oldest(): Date {
    return new Date(this.horizon.earliest().getTime() - DROP_SLACK_MS);
  }
}

function partitionsBetween(from: Date, to: Date): Partition[] {
  const partitions: Partition[] = [];
  for (let next = partitionOf(from); next.from <= to; next = partitionOf(next.to)) partitions.push(next);
  return partitions;
}
