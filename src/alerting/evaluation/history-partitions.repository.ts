import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import {
  createPartition,
  Database,
  dropPartition,
  partitionNames,
  type TimePartition,
} from '../../platform/database/index.js';

const TABLE = 'alert_transitions';
const WEEK_MS = 7 * 86_400_000;
/** Among this project's advisory locks: "changing partitions of alert_transitions". */
const PARTITION_LOCK = 7_246_007;

/** Weekly partitions of alert_transitions. */
@Injectable()
export class TransitionPartitionRepository {
  constructor(private readonly db: Database) {}

  /** Makes the partitions of [from, to], and drops those that end before `keptFrom`. */
  ensure({
    from,
    to,
    keptFrom,
  }: {
    readonly from: Date;
    readonly to: Date;
    readonly keptFrom: Date;
  }): Promise<void> {
    return this.db.transaction(async (tx) => {
      await tx.query(sql`
        SELECT pg_advisory_xact_lock(${PARTITION_LOCK}), set_config('lock_timeout', '3s', true)`);
      const present = await partitionNames(tx, TABLE);
      for (const partition of weeksBetween(from, to)) {
        if (!present.includes(partition.name)) await createPartition(tx, TABLE, partition);
      }
      const first = nameOf(weekOf(keptFrom));
      for (const name of present) if (name < first) await dropPartition(tx, name);
    });
  }
}

/** Weeks since 1970, so that names sort by time. */
function weekOf(at: Date): number {
  return Math.floor(at.getTime() / WEEK_MS);
}

function nameOf(week: number): string {
  return `${TABLE}_w${String(week).padStart(5, '0')}`;
}

function weeksBetween(from: Date, to: Date): TimePartition[] {
  const first = weekOf(from);
  return Array.from({ length: weekOf(to) - first + 1 }, (_, index) => ({
    name: nameOf(first + index),
    from: new Date((first + index) * WEEK_MS),
    to: new Date((first + index + 1) * WEEK_MS),
  }));
}
