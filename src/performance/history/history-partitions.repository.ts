import { Injectable } from '@nestjs/common';
import { Database, keepWeeks } from '../../platform/database/index.js';

const TABLE = 'performance_points';
/** Among this project's advisory locks: "changing partitions of performance_points". */
const PARTITION_LOCK = 7_246_006;

/** Weekly partitions of performance_points, by the time their rows expire. */
@Injectable()
export class HistoryPartitionRepository {
  constructor(private readonly db: Database) {}

  /** Makes the partitions for rows that expire in [from, to], and drops those whose rows have all expired. */
  ensure(from: Date, to: Date): Promise<void> {
    return keepWeeks(this.db, { table: TABLE, lock: PARTITION_LOCK, from, to, keptFrom: from });
  }
}
