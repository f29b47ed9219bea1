import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertRule } from '../model/rule.js';

/** A rule with who made it, and when. */
export interface StoredRule extends AlertRule {
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What may be chosen of a rule. */
export type RuleDefinition = Omit<AlertRule, 'id' | 'tenantId' | 'origin' | 'sloId' | 'version'>;

/** A rule to be stored. */
export interface NewRule extends RuleDefinition {
  readonly tenantId: string;
  readonly origin: AlertRule['origin'];
  readonly sloId: string | null;
  readonly createdBy: string;
}

/** Which rules a list shows. */
export interface RuleFilter {
  readonly tenantId: string;
  readonly origin?: AlertRule['origin'] | undefined;
}

/** BETWEEN, since a planner whose statistics know one rule would take all receivers for its. */
const RULE = sql`
  rule.id, rule.tenant_id AS "tenantId", rule.name, rule.origin, rule.slo_id AS "sloId", rule.condition, rule.severity,
  rule.for_ms::float8 AS "forMs", rule.keep_firing_ms::float8 AS "keepFiringMs", rule.missing_data AS "missingData",
  rule.labels, rule.summary, rule.runbook_url AS "runbookUrl", rule.is_enabled AS "isEnabled",
  rule.version::float8 AS version,
  ARRAY(
    SELECT receiver_id::text FROM alert_rule_receivers WHERE rule_id BETWEEN rule.id AND rule.id ORDER BY receiver_id) AS "receiverIds"`;

const STORED = sql`
  ${RULE}, rule.created_by AS "createdBy", rule.created_at AS "createdAt", rule.updated_at AS "updatedAt"`;

/** The rules. */
@Injectable()
export class RuleRepository {
  constructor(private readonly db: Database) {}

  /** All rules that are evaluated, of every tenant, by id. */
  enabled(): Promise<AlertRule[]> {
    return this.db.read<AlertRule>(
      sql`SELECT ${RULE} FROM alert_rules AS rule WHERE rule.is_enabled ORDER BY rule.id`,
    );
  }

  /** In the order of creation; the cursor is the id of the last rule before. */
  async list(
    { tenantId, origin }: RuleFilter,
    { limit, cursor = '0' }: PageRequest,
  ): Promise<Page<StoredRule>> {
    const rows = await this.db.read<StoredRule>(sql`
      SELECT ${STORED} FROM alert_rules AS rule
      WHERE rule.tenant_id = ${tenantId}::bigint AND rule.id > ${cursor}::bigint
        AND (${origin ?? null}::text IS NULL OR rule.origin = ${origin ?? null})
      ORDER BY rule.id LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Undefined when the tenant has no such rule. */
  async find(tenantId: string, id: string): Promise<StoredRule | undefined> {
    const [rule] = await this.db.read<StoredRule>(sql`
      SELECT ${STORED} FROM alert_rules AS rule
      WHERE rule.tenant_id = ${tenantId}::bigint AND rule.id = ${id}::bigint`);
    return rule;
  }

  /** The same, kept from other changes until the transaction ends. */
  async lock(transaction: Queryable, tenantId: string, id: string): Promise<StoredRule | undefined> {
    const [rule] = await transaction.query<StoredRule>(sql`
      SELECT ${STORED} FROM alert_rules AS rule
      WHERE rule.tenant_id = ${tenantId}::bigint AND rule.id = ${id}::bigint FOR NO KEY UPDATE OF rule`);
    return rule;
  }

  /** The rules of SLOs, by id. */
  ofSlos(sloIds: readonly string[], source: Queryable = this.db): Promise<AlertRule[]> {
    return source.query<AlertRule>(sql`
      SELECT ${RULE} FROM alert_rules AS rule WHERE rule.slo_id = ANY (${sloIds}::bigint[]) ORDER BY rule.id`);
  }

  /** The rules of an SLO, by id, kept from other changes until the transaction ends. */
  lockOfSlo(transaction: Queryable, sloId: string): Promise<StoredRule[]> {
    return transaction.query<StoredRule>(sql`
      SELECT ${STORED} FROM alert_rules AS rule
      WHERE rule.slo_id = ${sloId}::bigint ORDER BY rule.id FOR NO KEY UPDATE OF rule`);
  }

  /** How many rules the tenant has made by itself. */
  async countOwn(transaction: Queryable, tenantId: string): Promise<number> {
    const [row] = await transaction.query<{ rules: number }>(sql`
      SELECT count(*)::int AS rules FROM alert_rules WHERE tenant_id = ${tenantId}::bigint AND origin = 'user'`);
    return row?.rules ?? 0;
  }

  /** Undefined when the tenant has a rule of this name. Receivers are not written: see `setReceivers`. */
  async insert(transaction: Queryable, rule: NewRule): Promise<string | undefined> {
    const [row] = await transaction.query<{ id: string }>(sql`
      INSERT INTO alert_rules (tenant_id, name, origin, slo_id, condition, severity, for_ms, keep_firing_ms,
        missing_data, labels, summary, runbook_url, is_enabled, created_by)
      VALUES (${rule.tenantId}, ${rule.name}, ${rule.origin}, ${rule.sloId}, ${JSON.stringify(rule.condition)}::jsonb,
        ${rule.severity}, ${rule.forMs}, ${rule.keepFiringMs}, ${rule.missingData},
        ${JSON.stringify(rule.labels)}::jsonb, ${rule.summary}, ${rule.runbookUrl}, ${rule.isEnabled}, ${rule.createdBy})
      ON CONFLICT (tenant_id, name) DO NOTHING
      RETURNING id`);
    return row?.id;
  }

  /** False when the tenant has another rule of this name. Receivers are not written: see `setReceivers`. */
  async update(transaction: Queryable, id: string, rule: RuleDefinition): Promise<boolean> {
    const updated = await transaction.execute(sql`
      UPDATE alert_rules AS rule SET name = ${rule.name}, condition = ${JSON.stringify(rule.condition)}::jsonb,
        condition_since = CASE WHEN condition = ${JSON.stringify(rule.condition)}::jsonb THEN condition_since ELSE now() END,
        severity = ${rule.severity}, for_ms = ${rule.forMs}, keep_firing_ms = ${rule.keepFiringMs},
        missing_data = ${rule.missingData}, labels = ${JSON.stringify(rule.labels)}::jsonb, summary = ${rule.summary},
        runbook_url = ${rule.runbookUrl}, is_enabled = ${rule.isEnabled}, version = version + 1, updated_at = now()
      WHERE rule.id = ${id}::bigint AND NOT EXISTS (
        SELECT FROM alert_rules AS other
        WHERE other.tenant_id = rule.tenant_id AND other.name = ${rule.name} AND other.id <> rule.id)`);
    return updated === 1;
  }

  /** Who is told of the rule's alerts; the receivers are of its tenant. */
  async setReceivers(transaction: Queryable, id: string, receiverIds: readonly string[]): Promise<void> {
    await transaction.query(sql`
      WITH gone AS (
        DELETE FROM alert_rule_receivers WHERE rule_id = ${id}::bigint AND receiver_id <> ALL (${receiverIds}::bigint[]))
      INSERT INTO alert_rule_receivers (rule_id, receiver_id)
      SELECT ${id}::bigint, receiver FROM unnest(${receiverIds}::bigint[]) AS receiver ON CONFLICT DO NOTHING`);
  }

  /** With its receivers and alerts; history stays. */
  async delete(transaction: Queryable, id: string): Promise<void> {
    await transaction.query(sql`DELETE FROM alert_rules WHERE id = ${id}::bigint`);
  }
}
