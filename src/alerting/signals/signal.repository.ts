import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import type { ThresholdCondition } from '../model/condition.js';
import type { SignalReport } from './signal-request.js';

/** What one instance reported last. */
export interface InstanceReport {
  readonly instanceId: string;
  readonly reportedAt: Date;
  readonly signals: SignalReport;
}

/** What instances report of themselves; all instants are the database's. */
@Injectable()
export class SignalRepository {
  constructor(private readonly db: Database) {}

  /** The conditions of rules on own metrics, each once, at most so many. */
  async conditions(most: number): Promise<ThresholdCondition[]> {
    const rows = await this.db.read<{ condition: ThresholdCondition }>(sql`
      SELECT DISTINCT condition FROM alert_rules
      WHERE condition #>> '{source,from}' = 'own' AND is_enabled ORDER BY condition LIMIT ${most}::integer`);
    return rows.map(({ condition }) => condition);
  }

  async report(instanceId: string, signals: SignalReport): Promise<void> {
    await this.db.query(sql`
      INSERT INTO alert_signals (instance_id, reported_at, signals)
      VALUES (${instanceId}, clock_timestamp(), ${JSON.stringify(signals)}::jsonb)
      ON CONFLICT (instance_id) DO UPDATE SET reported_at = excluded.reported_at, signals = excluded.signals`);
  }

  /** Reports that are not older than that; of at most so many instances, the newest. */
  recent(at: Date, maxAgeMs: number, most: number): Promise<InstanceReport[]> {
    return this.db.read<InstanceReport>(sql`
      SELECT instance_id AS "instanceId", reported_at AS "reportedAt", signals FROM alert_signals
      WHERE reported_at > ${at}::timestamptz - ${maxAgeMs}::double precision * interval '1 millisecond'
      ORDER BY reported_at DESC LIMIT ${most}::integer`);
  }

  /** The instance ends. */
  async remove(instanceId: string): Promise<void> {
    await this.db.query(sql`DELETE FROM alert_signals WHERE instance_id = ${instanceId}`);
  }

  /** Removes what instances left behind that ended without a word. */
  async removeOlder(at: Date, ageMs: number): Promise<void> {
    await this.db.query(sql`
      DELETE FROM alert_signals
      WHERE reported_at < ${at}::timestamptz - ${ageMs}::double precision * interval '1 millisecond'`);
  }
}
