import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import {
  createPartition,
  dropPartition,
  partitionNames,
  type Queryable,
  type TimePartition,
} from '../../platform/database/index.js';

/** A UTC month of scraper_page_performance. */
export type Partition = TimePartition;

const TABLE = 'scraper_page_performance';

/** Among this project's advisory locks: "changing partitions". */
const PARTITION_LOCK = 7_246_003;

/** Creates and drops the monthly partitions. Every method runs in the caller's transaction. */
@Injectable()
export class PartitionRepository {
  /**
   * Lets one process at a time change partitions until the transaction ends, and gives up on a table lock
   * soon: while it waits for one, every query on the table waits behind it.
   */
  async lock(tx: Queryable): Promise<void> {
    await tx.query(sql`
      SELECT pg_advisory_xact_lock(${PARTITION_LOCK}), set_config('lock_timeout', '3s', true)`);
  }

  /** Partitions that exist, oldest first. */
  async list(db: Queryable): Promise<Partition[]> {
    return (await partitionNames(db, TABLE)).flatMap((name) => parsePartition(name) ?? []);
  }

  create(tx: Queryable, partition: Partition): Promise<void> {
    return createPartition(tx, TABLE, partition);
  }

  /** Drops a partition, and notes for good that its time is over. */
  async drop(tx: Queryable, { name, to }: Partition): Promise<void> {
    await dropPartition(tx, name);
    await tx.query(sql`UPDATE raw_horizon SET complete_from = greatest(complete_from, ${to}::timestamptz)`);
  }

  /** The end of the last partition that was dropped; the epoch when none was. */
  async droppedUntil(db: Queryable): Promise<Date> {
    const [row] = await db.query<{ completeFrom: Date }>(
      sql`SELECT complete_from AS "completeFrom" FROM raw_horizon`,
    );
    return row?.completeFrom ?? new Date(0);
  }

  /** Whether an hour of the partition still waits for its rollup. */
  async isMarked(tx: Queryable, { from, to }: Partition): Promise<boolean> {
    const [row] = await tx.query<{ isMarked: boolean }>(sql`
      SELECT EXISTS (SELECT FROM rollup_marks WHERE hour >= ${from}::timestamptz AND hour < ${to}::timestamptz)
        AS "isMarked"`);
    return row?.isMarked ?? false;
  }
}

/** The partition that holds `instant`. */
export function partitionOf(instant: Date): Partition {
  const year = instant.getUTCFullYear();
  const month = instant.getUTCMonth();
  const suffix = `${year}_${String(month + 1).padStart(2, '0')}`;
  return {
    name: `${TABLE}_${suffix}`,
    from: new Date(Date.UTC(year, month, 1)),
    to: new Date(Date.UTC(year, month + 1, 1)),
  };
}

function parsePartition(name: string): Partition | undefined {
  const match = /^scraper_page_performance_(\d{4})_(\d{2})$/.exec(name);
  return match ? partitionOf(new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, 1))) : undefined;
}
