import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** What a statement cost in one hour. */
export interface BaselineHour {
  readonly fingerprint: string;
  readonly hour: Date;
  readonly calls: number;
  readonly rows: number;
  readonly totalMs: number;
  /** Byte form of sketches, in ms. */
  readonly durations: Buffer;
  readonly plan: string | null;
  readonly planRows: number | null;
}

const PRUNED_AT_ONCE = 5_000;

/** What statements cost by hour, in the table query_baselines. */
@Injectable()
export class BaselineRepository {
  constructor(private readonly db: Database) {}

  /** Adds to what is there; a plan replaces the one known before, and no plan leaves it. */
  async add(hours: readonly BaselineHour[]): Promise<void> {
    if (hours.length === 0) return;
    // Equal order everywhere: instances that add to the same rows do not deadlock.
    const sorted = hours.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
    await this.db.query(sql`
      INSERT INTO query_baselines AS known (fingerprint, hour, calls, rows, total_ms, durations, plan, plan_rows)
      SELECT * FROM unnest(${sorted.map(({ fingerprint }) => fingerprint)}::text[],
        ${sorted.map(({ hour }) => hour)}::timestamptz[], ${sorted.map(({ calls }) => calls)}::bigint[],
        ${sorted.map(({ rows }) => rows)}::bigint[], ${sorted.map(({ totalMs }) => totalMs)}::double precision[],
        ${sorted.map(({ durations }) => durations)}::bytea[], ${sorted.map(({ plan }) => plan)}::text[],
        ${sorted.map(({ planRows }) => planRows)}::double precision[])
      ON CONFLICT (fingerprint, hour) DO UPDATE SET calls = known.calls + excluded.calls,
        rows = known.rows + excluded.rows, total_ms = known.total_ms + excluded.total_ms,
        durations = known.durations || excluded.durations, plan = coalesce(excluded.plan, known.plan),
        plan_rows = coalesce(excluded.plan_rows, known.plan_rows)`);
  }

  /**
   * Hours from `from` to before `until` that are within a day of `until`, or the same hour of another day. UTC.
   */
  comparable(fingerprints: readonly string[], from: Date, until: Date): Promise<BaselineHour[]> {
    return this.db.query<BaselineHour>(sql`
      SELECT fingerprint, hour, calls::double precision AS calls, rows::double precision AS rows,
        total_ms AS "totalMs", durations, plan, plan_rows AS "planRows"
      FROM query_baselines
      WHERE fingerprint = ANY (${fingerprints}) AND hour >= ${from} AND hour < ${until}
        AND (hour >= ${until}::timestamptz - interval '1 day'
          OR (extract(epoch FROM hour)::bigint - extract(epoch FROM ${until}::timestamptz)::bigint) % 86400 = 0)
      ORDER BY fingerprint, hour`);
  }

  /** Deletes hours before `before`, in batches. */
  async prune(before: Date): Promise<void> {
    for (;;) {
      const deleted = await this.db.execute(sql`
        DELETE FROM query_baselines WHERE ctid IN (
          SELECT ctid FROM query_baselines WHERE hour < ${before} LIMIT ${PRUNED_AT_ONCE})`);
      if (deleted < PRUNED_AT_ONCE) return;
    }
  }

  /** Forgets everything. Answers how many hours there were. */
  clear(): Promise<number> {
    return this.db.execute(sql`DELETE FROM query_baselines`);
  }
}
