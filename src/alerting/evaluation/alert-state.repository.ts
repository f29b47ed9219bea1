import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertSnapshot, AlertState } from '../model/alert.js';
import type { Decision } from './decide.js';
import type { StoredAlert } from './stored-alert.js';

/** A change of state for the history. */
export interface Transition {
  readonly from: AlertState;
  readonly alert: AlertSnapshot;
}

/** Names an alert. */
export interface AlertKey {
  readonly ruleId: string;
  readonly fingerprint: string;
}

const ALERT = sql`
  id, rule_id AS "ruleId", fingerprint, labels, state, state_since AS "stateSince", breached_since AS "breachedSince",
  starts_at AS "startsAt", value, predicted_at AS "predictedAt", detail, recent, is_flapping AS "isFlapping",
  evaluated_at AS "evaluatedAt", version`;

/**
 * Writes alert_instances and alert_transitions. Rules are locked before alerts, and neither is waited for: who is busy
 * with one is another evaluator or somebody who edits the rule, and the next evaluation comes in seconds.
 */
@Injectable()
export class AlertStateRepository {
  constructor(private readonly db: Database) {}

  /** The instant by which everything of an evaluation is judged, to the millisecond that processes can tell. */
  async now(db: Queryable = this.db): Promise<Date> {
    const [row] = await db.query<{ at: Date }>(
      sql`SELECT date_trunc('milliseconds', clock_timestamp()) AS at`,
    );
    return row?.at ?? new Date(NaN);
  }

  /** Where the alerts of these rules stand. */
  ofRules(ruleIds: readonly string[]): Promise<StoredAlert[]> {
    return this.db.read<StoredAlert>(
      sql`SELECT ${ALERT} FROM alert_instances WHERE rule_id = ANY (${ruleIds}::bigint[])`,
    );
  }

  /** The same, kept from others until the transaction ends. */
  lockOfRule(tx: Queryable, ruleId: string): Promise<StoredAlert[]> {
    return tx.query<StoredAlert>(sql`
      SELECT ${ALERT} FROM alert_instances WHERE rule_id = ${ruleId}::bigint ORDER BY id FOR NO KEY UPDATE`);
  }

  /** Those rules that still are as they were read, kept so until the transaction ends. */
  async keepRules(
    tx: Queryable,
    rules: readonly { readonly id: string; readonly version: number }[],
  ): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }>(sql`
      SELECT rule.id FROM alert_rules AS rule
      JOIN unnest(${rules.map(({ id }) => id)}::bigint[], ${rules.map(({ version }) => version)}::bigint[])
        AS known (id, version) ON rule.id = known.id AND rule.version = known.version
      WHERE rule.is_enabled ORDER BY rule.id FOR SHARE OF rule SKIP LOCKED`);
    return new Set(rows.map(({ id }) => id));
  }

  /** Writes states over the version they were made from; answers which of them were not overtaken. */
  update(tx: Queryable, decisions: readonly Decision[], at: Date): Promise<AlertKey[]> {
    const stored = decisions.flatMap((decision) => decision.stored ?? []);
    return tx.query<AlertKey>(sql`
      WITH new AS (SELECT * FROM ${newStates(decisions)}),
      held AS (
        SELECT alert.id, known.position FROM alert_instances AS alert
        JOIN unnest(${stored.map(({ id }) => id)}::bigint[], ${stored.map(({ version }) => version)}::bigint[])
          WITH ORDINALITY AS known (id, version, position) ON known.id = alert.id AND known.version = alert.version
        ORDER BY alert.id FOR NO KEY UPDATE OF alert SKIP LOCKED)
      UPDATE alert_instances AS alert SET state = new.state, state_since = new.state_since,
        breached_since = new.breached_since, starts_at = new.starts_at, value = new.value,
        predicted_at = new.predicted_at, detail = new.detail, recent = new.recent, is_flapping = new.is_flapping,
        acknowledged_at = CASE WHEN new.starts_at = alert.starts_at THEN alert.acknowledged_at END,
        acknowledged_by = CASE WHEN new.starts_at = alert.starts_at THEN alert.acknowledged_by END,
        evaluated_at = ${at}::timestamptz, version = alert.version + new.is_changed::integer
      FROM held JOIN new ON new.position = held.position
      WHERE alert.id = held.id
      RETURNING alert.rule_id AS "ruleId", alert.fingerprint`);
  }

  /** Adds alerts that were not there; answers which of them nobody else had added. */
  insert(tx: Queryable, decisions: readonly Decision[], at: Date): Promise<AlertKey[]> {
    return tx.query<AlertKey>(sql`
      INSERT INTO alert_instances (tenant_id, rule_id, fingerprint, labels, state, state_since, breached_since, starts_at,
        value, predicted_at, detail, recent, is_flapping, evaluated_at)
      SELECT tenant_id, rule_id, fingerprint, labels, state, state_since, breached_since, starts_at, value, predicted_at,
        detail, recent, is_flapping, ${at}::timestamptz
      FROM ${newStates(decisions)} ORDER BY rule_id, fingerprint
      ON CONFLICT (rule_id, fingerprint) DO NOTHING
      RETURNING rule_id AS "ruleId", fingerprint`);
  }

  /** Adds to the history. */
  async addTransitions(tx: Queryable, transitions: readonly Transition[], at: Date): Promise<void> {
    await tx.query(sql`
      INSERT INTO alert_transitions (tenant_id, rule_id, fingerprint, at, from_state, to_state, alert)
      SELECT (alert ->> 'tenantId')::bigint, (alert ->> 'ruleId')::bigint, alert ->> 'fingerprint', ${at}::timestamptz,
        from_state, alert ->> 'state', alert
      FROM unnest(${transitions.map(({ from }) => from)}::text[],
        ${transitions.map(({ alert }) => JSON.stringify(alert))}::jsonb[])
        WITH ORDINALITY AS new (from_state, alert, position) ORDER BY position`);
  }

  /** How many alerts are in which state, of all tenants. */
  countByState(): Promise<{ readonly state: AlertState; readonly alerts: number }[]> {
    return this.db.read(sql`
      SELECT state, count(*)::float8 AS alerts FROM alert_instances WHERE state <> 'normal' GROUP BY state`);
  }

  /** Removes alerts that have long been normal; answers how many. */
  forgetNormal(before: Date, most: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM alert_instances WHERE id IN (
        SELECT id FROM alert_instances WHERE state = 'normal' AND evaluated_at < ${before}::timestamptz
        ORDER BY id LIMIT ${most}::integer FOR UPDATE SKIP LOCKED)`);
  }
}

/** States to be written as rows of `new`, numbered by position. */
function newStates(decisions: readonly Decision[]): ReturnType<typeof sql> {
  const next = decisions.map((decision) => decision.next);
  return sql`unnest(
      ${decisions.map(({ rule }) => rule.tenantId)}::bigint[], ${decisions.map(({ rule }) => rule.id)}::bigint[],
      ${decisions.map(({ fingerprint }) => fingerprint)}::text[],
      ${decisions.map(({ labels }) => JSON.stringify(labels))}::jsonb[],
      ${next.map(({ state }) => state)}::text[], ${next.map(({ stateSince }) => stateSince)}::timestamptz[],
      ${next.map(({ breachedSince }) => breachedSince)}::timestamptz[],
      ${next.map(({ startsAt }) => startsAt)}::timestamptz[], ${decisions.map(({ value }) => value)}::float8[],
      ${decisions.map(({ predictedAt }) => predictedAt)}::timestamptz[],
      ${decisions.map(({ detail }) => detail)}::text[], ${next.map(({ recent }) => recent)}::text[],
      ${next.map(({ isFlapping }) => isFlapping)}::boolean[], ${decisions.map(({ kind }) => kind === 'changed')}::boolean[])
    WITH ORDINALITY AS new (tenant_id, rule_id, fingerprint, labels, state, state_since, breached_since, starts_at, value,
      predicted_at, detail, recent, is_flapping, is_changed, position)`;
}
