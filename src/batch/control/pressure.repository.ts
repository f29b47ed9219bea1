import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** How the database server does. */
export interface ServerPressure {
  /** Of the replica that is furthest behind; 0 without any. */
  readonly replicationLagMs: number;
  /** Sessions that wait for a lock, of this database. */
  readonly lockWaits: number;
}

/** Reads the server's own statistics. */
@Injectable()
export class PressureRepository {
  constructor(private readonly db: Database) {}

  /** Callers that wait for a connection, of this process. */
  get poolWaits(): number {
    return this.db.waiting;
  }

  async read(): Promise<ServerPressure> {
    const [row] = await this.db.read<ServerPressure>(sql`
      SELECT
        (SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float8 * 1000 FROM pg_stat_replication)
          AS "replicationLagMs",
        (SELECT count(*)::integer FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())
          AS "lockWaits"`);
    return row ?? { replicationLagMs: 0, lockWaits: 0 };
  }
}
