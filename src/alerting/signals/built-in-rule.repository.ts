import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import { BUILT_IN_RULES } from './built-in-rules.js';

/** Stores the built-in rules, of the tenant `default`. */
@Injectable()
export class BuiltInRuleRepository {
  constructor(private readonly db: Database) {}

  /** Adds those that are missing, and brings those up to date that nobody has changed (version 1). Safe to repeat. */
  async seed(): Promise<void> {
    await this.db.query(sql`
      INSERT INTO alert_rules AS rule (tenant_id, name, origin, condition, severity, for_ms, keep_firing_ms, missing_data,
        labels, summary, created_by)
      SELECT tenant.id, new.name, 'built-in', new.condition, new.severity, new.for_ms, new.keep_firing_ms,
        new.missing_data, new.labels, new.summary, 'plimsoll'
      FROM tenants AS tenant, unnest(
        ${BUILT_IN_RULES.map(({ name }) => name)}::text[],
        ${BUILT_IN_RULES.map(({ condition }) => JSON.stringify(condition))}::jsonb[],
        ${BUILT_IN_RULES.map(({ severity }) => severity)}::text[],
        ${BUILT_IN_RULES.map(({ forMs }) => forMs)}::bigint[],
        ${BUILT_IN_RULES.map(({ keepFiringMs }) => keepFiringMs)}::bigint[],
        ${BUILT_IN_RULES.map(({ missingData }) => missingData)}::text[],
        ${BUILT_IN_RULES.map(({ labels }) => JSON.stringify(labels))}::jsonb[],
        ${BUILT_IN_RULES.map(({ summary }) => summary)}::text[])
        WITH ORDINALITY
        AS new (name, condition, severity, for_ms, keep_firing_ms, missing_data, labels, summary, position)
      WHERE tenant.slug = 'default'
      ORDER BY new.position
      ON CONFLICT (tenant_id, name) DO UPDATE SET condition = excluded.condition, severity = excluded.severity,
        for_ms = excluded.for_ms, keep_firing_ms = excluded.keep_firing_ms, missing_data = excluded.missing_data,
        labels = excluded.labels, summary = excluded.summary, updated_at = now(),
        condition_since = CASE WHEN rule.condition = excluded.condition THEN rule.condition_since ELSE now() END
      WHERE rule.origin = 'built-in' AND rule.version = 1
        AND (rule.condition, rule.severity, rule.for_ms, rule.keep_firing_ms, rule.missing_data, rule.labels,
          rule.summary)
          IS DISTINCT FROM (excluded.condition, excluded.severity, excluded.for_ms, excluded.keep_firing_ms,
            excluded.missing_data, excluded.labels, excluded.summary)`);
  }
}
