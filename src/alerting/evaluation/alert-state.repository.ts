import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment } from '../../kernel/sql.js';
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
      SELECT id FROM alert_rules
      WHERE id = ANY (${rules.map(({ id }) => id)}::bigint[]) AND ${hasVersionOf(rules)} AND is_enabled
      ORDER BY id FOR SHARE SKIP LOCKED`);
    return new Set(rows.map(({ id }) => id));
  }

  /** Writes states over the version they were made from; answers which of them were not overtaken. */
  async update(tx: Queryable, decisions: readonly Decision[], at: Date): Promise<AlertKey[]> {
    const held = await this.hold(
      tx,
      decisions.flatMap(({ stored }) => stored ?? []),
    );
    const kept = decisions.filter(({ stored }) => stored !== undefined && held.has(stored.id));
    if (kept.length === 0) return [];
    // They are all there: written as an insert, each is found by its id, whatever the planner takes the table for.
    return tx.query<AlertKey>(sql`
      INSERT INTO alert_instances AS alert (id, tenant_id, rule_id, fingerprint, labels, state, state_since,
        breached_since, starts_at, value, predicted_at, detail, recent, is_flapping, evaluated_at, version)
      OVERRIDING SYSTEM VALUE
      SELECT id, tenant_id, rule_id, fingerprint, labels, state, state_since, breached_since, starts_at, value,
        predicted_at, detail, recent, is_flapping, ${at}::timestamptz, is_changed::integer
      FROM ${newStates(kept)}
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, state_since = excluded.state_since,
        breached_since = excluded.breached_since, starts_at = excluded.starts_at, value = excluded.value,
        predicted_at = excluded.predicted_at, detail = excluded.detail, recent = excluded.recent,
        is_flapping = excluded.is_flapping,
        acknowledged_at = CASE WHEN excluded.starts_at = alert.starts_at THEN alert.acknowledged_at END,
        acknowledged_by = CASE WHEN excluded.starts_at = alert.starts_at THEN alert.acknowledged_by END,
        evaluated_at = excluded.evaluated_at, version = alert.version + excluded.version
      RETURNING alert.rule_id AS "ruleId", alert.fingerprint`);
  }

  /** Those that still are as they were read, kept so until the transaction ends. */
  private async hold(tx: Queryable, stored: readonly StoredAlert[]): Promise<ReadonlySet<string>> {
    const rows = await tx.query<{ id: string }>(sql`
      SELECT id FROM alert_instances
      WHERE id = ANY (${stored.map(({ id }) => id)}::bigint[]) AND ${hasVersionOf(stored)}
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`);
    return new Set(rows.map(({ id }) => id));
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

/** By an object and not a join, which the planner would begin at either end. */
function hasVersionOf(
  known: readonly { readonly id: string; readonly version: string | number }[],
): SqlFragment {
  const versions = Object.fromEntries(known.map(({ id, version }) => [id, version]));
  return sql`version = (${JSON.stringify(versions)}::jsonb ->> id::text)::bigint`;
}

/** States to be written as rows of `new`, numbered by position. */
function newStates(decisions: readonly Decision[]): SqlFragment {
  const next = decisions.map((decision) => decision.next);
  return sql`unnest(
      ${decisions.map(({ stored }) => stored?.id ?? null)}::bigint[],
      ${decisions.map(({ rule }) => rule.tenantId)}::bigint[], ${decisions.map(({ rule }) => rule.id)}::bigint[],
      ${decisions.map(({ fingerprint }) => fingerprint)}::text[],
      ${decisions.map(({ labels }) => JSON.stringify(labels))}::jsonb[],
      ${next.map(({ state }) => state)}::text[], ${next.map(({ stateSince }) => stateSince)}::timestamptz[],
      ${next.map(({ breachedSince }) => breachedSince)}::timestamptz[],
      ${next.map(({ startsAt }) => startsAt)}::timestamptz[], ${decisions.map(({ value }) => value)}::float8[],
      ${decisions.map(({ predictedAt }) => predictedAt)}::timestamptz[],
      ${decisions.map(({ detail }) => detail)}::text[], ${next.map(({ recent }) => recent)}::text[],
      ${next.map(({ isFlapping }) => isFlapping)}::boolean[], ${decisions.map(({ kind }) => kind === 'changed')}::boolean[])
    WITH ORDINALITY AS new (id, tenant_id, rule_id, fingerprint, labels, state, state_since, breached_since, starts_at,
      value, predicted_at, detail, recent, is_flapping, is_changed, position)`;
}
