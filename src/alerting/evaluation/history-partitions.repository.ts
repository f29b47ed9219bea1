import { Injectable } from '@nestjs/common';
import { Database, keepWeeks, type WeeklyPartitions } from '../../platform/database/index.js';

const TABLE = 'alert_transitions';
/** Among this project's advisory locks: "changing partitions of alert_transitions". */
const PARTITION_LOCK = 7_246_007;

/** Weekly partitions of alert_transitions. */
@Injectable()
export class TransitionPartitionRepository {
  constructor(private readonly db: Database) {}

  /** Makes the partitions of [from, to], and drops those that end before `keptFrom`. */
  ensure(weeks: Pick<WeeklyPartitions, 'from' | 'to' | 'keptFrom'>): Promise<void> {
    return keepWeeks(this.db, { table: TABLE, lock: PARTITION_LOCK, ...weeks });
  }
}
