import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../platform/database/index.js';
import { DAY_MS } from '../time.js';
import { type Partition, partitionOf, PartitionRepository } from './partition.repository.js';
import { RollupRepository } from './rollup.repository.js';

/** Partitions are made this far ahead, so that some weeks without the job lose no event. */
const AHEAD_DAYS = 40;

/** An event accepted just before its time ran out may still be on its way to the partition. */
const DROP_SLACK_DAYS = 1;

/** Keeps the monthly partitions that events need. Safe to repeat, and on several instances at once. */
@Injectable()
export class Partitions {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly partitions: PartitionRepository,
    private readonly rollups: RollupRepository,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /** Creates missing partitions, from the oldest event that is accepted to some weeks ahead. */
  async ensure(): Promise<void> {
    const wanted = partitionsBetween(this.oldest(), this.daysFromNow(AHEAD_DAYS));
    await this.db.transaction(async (tx) => {
      await this.partitions.lock(tx);
      const present = new Set((await this.partitions.list(tx)).map(({ name }) => name));
      for (const partition of wanted) {
        if (!present.has(partition.name)) await this.partitions.create(tx, partition);
      }
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
    return this.daysFromNow(-this.config.rawRetentionDays - DROP_SLACK_DAYS);
  }

  private daysFromNow(days: number): Date {
    return new Date(this.clock.now().getTime() + days * DAY_MS);
  }
}

function partitionsBetween(from: Date, to: Date): Partition[] {
  const partitions: Partition[] = [];
  for (let next = partitionOf(from); next.from <= to; next = partitionOf(next.to)) partitions.push(next);
  return partitions;
}
