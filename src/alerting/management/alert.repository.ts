import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql, type SqlFragment } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertSnapshot, AlertState } from '../model/alert.js';

/** An alert, now or in the past: one series of one rule, from when it began until it was resolved. */
export interface AlertView extends Omit<AlertSnapshot, 'tenantId' | 'state'> {
  /** Null when the rule is gone. */
  readonly id: string | null;
  readonly state: AlertState | 'resolved';
  /** Since when it is in its state. */
  readonly stateSince: Date;
  readonly isFlapping: boolean;
  readonly acknowledgedAt: Date | null;
  /** Id of an API key. */
  readonly acknowledgedBy: string | null;
}

/** A change of state. */
export interface AlertTransition {
  readonly id: string;
  readonly at: Date;
  readonly fromState: AlertState;
  readonly toState: AlertState;
  readonly alert: Omit<AlertSnapshot, 'tenantId'>;
}

/** firing: whatever fires, also while it recovers or nobody knows how it is. */
export type CurrentState = AlertState | 'active' | 'predicted';

/** Which alerts there are now. */
export interface CurrentFilter {
  /** Null: nobody's own. */
  readonly tenantId: string | null;
  /** The alerts about the server itself as well, whose they are. */
  readonly withServer?: boolean;
  readonly state: CurrentState;
  readonly ruleId?: string | undefined;
  /** When they began to fire; a `to` that is null is now. */
  readonly began?: { readonly from: Date; readonly to: Date | null };
}

/** Which alerts began to fire when. */
export interface PastFilter {
  readonly tenantId: string;
  readonly from: Date;
  /** Null: now. */
  readonly to: Date | null;
  readonly ruleId?: string | undefined;
  /** Only those that have been resolved. */
  readonly areResolved?: boolean;
}

/** Which changes of state. */
export interface TransitionFilter {
  readonly tenantId: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly ruleId?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly state?: AlertState | undefined;
}

/** What acknowledging needs to know. */
export interface AcknowledgedAlert {
  readonly ruleId: string;
  readonly ruleName: string;
  readonly state: AlertState;
  readonly isFiring: boolean;
}

const LAST_ID = 9_223_372_036_854_775_807n;

/** What the last change of state said: of it comes what is told, so readers and receivers see the same words. */
const LAST_TOLD = sql`
  LEFT JOIN LATERAL (
    SELECT alert FROM alert_transitions AS told
    WHERE told.rule_id = instance.rule_id AND told.fingerprint = instance.fingerprint
    ORDER BY told.at DESC, told.id DESC LIMIT 1
  ) AS told ON true`;

const CURRENT = sql`
  instance.id, instance.rule_id::text AS "ruleId", rule.name AS "ruleName", instance.fingerprint, instance.state,
  rule.severity, coalesce(told.alert -> 'labels', instance.labels) AS labels,
  coalesce(told.alert ->> 'summary', rule.summary, rule.name) AS summary, instance.detail, instance.value,
  instance.state_since AS "stateSince", instance.starts_at AS "startsAt", NULL AS "endsAt",
  instance.predicted_at AS "predictedAt", coalesce(told.alert ->> 'runbookUrl', rule.runbook_url) AS "runbookUrl",
  instance.is_flapping AS "isFlapping", instance.acknowledged_at AS "acknowledgedAt",
  instance.acknowledged_by AS "acknowledgedBy"`;

/** About the server itself: nothing in it is a tenant's. */
const IS_SERVERS = sql`(rule.origin = 'built-in' OR rule.condition -> 'source' ->> 'from' = 'own')`;

/** Alerts as people see them, now and in the past. */
@Injectable()
export class AlertRepository {
  constructor(private readonly db: Database) {}

  /** By id; the cursor is the id of the last alert before. */
  async current(
    { tenantId, withServer = false, state, ruleId, began }: CurrentFilter,
    { limit, cursor = '0' }: PageRequest,
  ): Promise<Page<AlertView>> {
    const isTheirs = sql`(instance.tenant_id = ${tenantId}::bigint${withServer ? sql` OR ${IS_SERVERS}` : sql``})`;
    const rows = await this.db.read<AlertView & { id: string }>(sql`
      SELECT ${CURRENT} FROM alert_instances AS instance JOIN alert_rules AS rule ON rule.id = instance.rule_id
      ${LAST_TOLD}
      WHERE ${isTheirs} AND ${isIn(state)} AND instance.id > ${cursor}::bigint
        AND (${ruleId ?? null}::bigint IS NULL OR instance.rule_id = ${ruleId ?? null})
        AND ${began === undefined ? sql`true` : isWithin(sql`instance.starts_at`, began)}
      ORDER BY instance.id LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Undefined when the tenant has no such alert. */
  async find(tenantId: string, id: string): Promise<AlertView | undefined> {
    const [alert] = await this.db.read<AlertView>(sql`
      SELECT ${CURRENT} FROM alert_instances AS instance JOIN alert_rules AS rule ON rule.id = instance.rule_id
      ${LAST_TOLD}
      WHERE instance.tenant_id = ${tenantId}::bigint AND instance.id = ${id}::bigint`);
    return alert;
  }

  /**
   * Those that began to fire in the time, newest first, each as it is now or was at its end. What an alert became is
   * looked for up to its next begin only: one that flaps has a long history.
   */
  async past(
    { tenantId, from, to, ruleId, areResolved = false }: PastFilter,
    { limit, cursor }: PageRequest,
  ): Promise<Page<AlertView>> {
    const rows = await this.db.read<AlertView & { transitionId: string }>(sql`
      SELECT began.id AS "transitionId", instance.id, began.rule_id::text AS "ruleId",
        last.alert ->> 'ruleName' AS "ruleName", began.fingerprint,
        CASE WHEN last.alert ->> 'endsAt' IS NULL THEN coalesce(instance.state, last.to_state) ELSE 'resolved' END AS state,
        last.alert ->> 'severity' AS severity, last.alert -> 'labels' AS labels, last.alert ->> 'summary' AS summary,
        last.alert ->> 'detail' AS detail, (last.alert ->> 'value')::float8 AS value, last.at AS "stateSince",
        began.at AS "startsAt", (last.alert ->> 'endsAt')::timestamptz AS "endsAt",
        (last.alert ->> 'predictedAt')::timestamptz AS "predictedAt", last.alert ->> 'runbookUrl' AS "runbookUrl",
        coalesce(instance.is_flapping, false) AS "isFlapping", instance.acknowledged_at AS "acknowledgedAt",
        instance.acknowledged_by AS "acknowledgedBy"
      FROM alert_transitions AS began
      LEFT JOIN LATERAL (
        SELECT later.at FROM alert_transitions AS later
        WHERE later.rule_id = began.rule_id AND later.fingerprint = began.fingerprint AND later.at > began.at
          AND later.to_state = 'firing' AND (later.alert ->> 'startsAt')::timestamptz = later.at
        ORDER BY later.at LIMIT 1
      ) AS next ON true
      JOIN LATERAL (
        SELECT later.alert, later.at, later.to_state FROM alert_transitions AS later
        WHERE later.rule_id = began.rule_id AND later.fingerprint = began.fingerprint AND later.at >= began.at
          AND later.at <= coalesce(next.at, 'infinity')
          AND (later.alert ->> 'startsAt')::timestamptz = began.at
        ORDER BY later.at DESC, later.id DESC LIMIT 1
      ) AS last ON true
      LEFT JOIN alert_instances AS instance ON instance.rule_id = began.rule_id
        AND instance.fingerprint = began.fingerprint AND instance.starts_at = began.at
      WHERE began.tenant_id = ${tenantId}::bigint AND ${isWithin(sql`began.at`, { from, to })}
        AND began.to_state = 'firing' AND (began.alert ->> 'startsAt')::timestamptz = began.at
        AND (${ruleId ?? null}::bigint IS NULL OR began.rule_id = ${ruleId ?? null})
        AND (NOT ${areResolved} OR last.alert ->> 'endsAt' IS NOT NULL)
        AND began.id < coalesce(${cursor ?? null}::bigint, ${LAST_ID})
      ORDER BY began.id DESC LIMIT ${limit + 1}::int`);
    const { items, nextCursor } = pageOf(rows, limit, ({ transitionId }) => transitionId);
    return { items: items.map(withoutCursor), nextCursor };
  }

  /** Newest first. */
  async transitions(
    { tenantId, from, to, ruleId, fingerprint, state }: TransitionFilter,
    { limit, cursor }: PageRequest,
  ): Promise<Page<AlertTransition>> {
    const rows = await this.db.read<AlertTransition>(sql`
      SELECT id, at, from_state AS "fromState", to_state AS "toState", alert - 'tenantId' AS alert
      FROM alert_transitions
      WHERE tenant_id = ${tenantId}::bigint AND ${isWithin(sql`at`, { from, to })}
        AND (${ruleId ?? null}::bigint IS NULL OR rule_id = ${ruleId ?? null})
        AND (${fingerprint ?? null}::text IS NULL OR fingerprint = ${fingerprint ?? null})
        AND (${state ?? null}::text IS NULL OR to_state = ${state ?? null})
        AND id < coalesce(${cursor ?? null}::bigint, ${LAST_ID})
      ORDER BY id DESC LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Undefined when the tenant has no such alert. It does not change until the transaction ends. */
  async lock(transaction: Queryable, tenantId: string, id: string): Promise<AcknowledgedAlert | undefined> {
    const [alert] = await transaction.query<AcknowledgedAlert>(sql`
      SELECT instance.rule_id::text AS "ruleId", rule.name AS "ruleName", instance.state,
        instance.starts_at IS NOT NULL AS "isFiring"
      FROM alert_instances AS instance JOIN alert_rules AS rule ON rule.id = instance.rule_id
      WHERE instance.tenant_id = ${tenantId}::bigint AND instance.id = ${id}::bigint
      FOR NO KEY UPDATE OF instance`);
    return alert;
  }

  /** Sets or takes back who knows of it; null: nobody. An evaluation that runs at the same time is not disturbed. */
  async acknowledge(transaction: Queryable, id: string, by: string | null): Promise<void> {
    await transaction.query(sql`
      UPDATE alert_instances SET acknowledged_by = ${by}::text,
        acknowledged_at = CASE WHEN ${by}::text IS NULL THEN NULL ELSE now() END
      WHERE id = ${id}::bigint`);
  }
}

function withoutCursor(row: AlertView & { transitionId?: string }): AlertView {
  const alert = { ...row };
  delete alert.transitionId;
  return alert;
}

function isIn(state: CurrentState): SqlFragment {
  if (state === 'predicted') return sql`instance.predicted_at IS NOT NULL AND instance.starts_at IS NULL`;
  if (state === 'active') return sql`instance.state <> 'normal'`;
  // What fires is never normal: said twice, so that the index of what is not normal serves.
  if (state === 'firing') return sql`instance.state <> 'normal' AND instance.starts_at IS NOT NULL`;
  return sql`instance.state = ${state}::text`;
}

function isWithin(
  column: SqlFragment,
  { from, to }: { readonly from: Date; readonly to: Date | null },
): SqlFragment {
  return sql`${column} >= ${from}::timestamptz AND ${column} < coalesce(${to}::timestamptz, 'infinity')`;
}
