import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';
import type { AlertSnapshot } from '../model/alert.js';

/** A row to be. */
export interface OutboxEntry {
  readonly receiverId: string;
  readonly transition: string;
  readonly alert: AlertSnapshot;
  readonly startsAt: string;
  readonly dedupKey: string;
  readonly groupKey: string;
}

/** What of a receiver decides about its groups. */
export interface GroupingReceiver {
  readonly tenantId: string;
  readonly groupBy: readonly string[];
}

/** The group that a receiver was told of an alert in. */
interface ToldGroup {
  readonly receiverId: string;
  readonly fingerprint: string;
  readonly startsAt: Date;
  readonly groupKey: string;
}

/** Rows of one insert: bounds the memory of its parameters. */
const CHUNK = 5_000;

/**
 * Writes alert_outbox and alert_groups for those who have something to tell. Locks are taken in one order everywhere:
 * receivers, groups (by receiver and key), rows.
 */
@Injectable()
export class OutboxRepository {
  /** Those of `ids` that exist, which they go on doing until the transaction ends. */
  async keepReceivers(tx: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, GroupingReceiver>> {
    const rows = await tx.query<GroupingReceiver & { id: string }>(sql`
      SELECT id, tenant_id AS "tenantId", group_by AS "groupBy" FROM alert_receivers
      WHERE id = ANY (${ids}::bigint[]) ORDER BY id FOR KEY SHARE`);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Adds what is not there yet, and wakes the groups it belongs to. */
  async insert(tx: Queryable, entries: readonly OutboxEntry[], at: Date): Promise<void> {
    let added = 0;
    for (let from = 0; from < entries.length; from += CHUNK) {
      const chunk = entries.slice(from, from + CHUNK);
      added += await this.insertRows(tx, chunk, at);
    }
    if (added === 0) return;
    await this.wakeGroups(tx, entries, at);
    await tx.query(sql`SELECT pg_notify('alerting_work', '')`);
  }

  /** An alert stays in the group it was told in, also when its labels have changed. */
  private async insertRows(tx: Queryable, entries: readonly OutboxEntry[], at: Date): Promise<number> {
    const told = await this.groupsToldIn(tx, entries);
    const column = (of: (entry: OutboxEntry) => string): string[] => entries.map(of);
    return tx.execute(sql`
      INSERT INTO alert_outbox (tenant_id, receiver_id, dedup_key, group_key, rule_id, fingerprint, starts_at,
        transition, alert, created_at)
      SELECT (alert ->> 'tenantId')::bigint, receiver_id, dedup_key, group_key, (alert ->> 'ruleId')::bigint,
        alert ->> 'fingerprint', starts_at, transition, alert, ${at}::timestamptz
      FROM unnest(${column(({ receiverId }) => receiverId)}::bigint[], ${column((entry) => entry.dedupKey)}::text[],
        ${column((entry) => told.get(keyOf(entry)) ?? entry.groupKey)}::text[],
        ${column(({ startsAt }) => startsAt)}::timestamptz[], ${column(({ transition }) => transition)}::text[],
        ${column(({ alert }) => JSON.stringify(alert))}::jsonb[]) WITH ORDINALITY
        AS new (receiver_id, dedup_key, group_key, starts_at, transition, alert, position)
      ORDER BY position
      ON CONFLICT (dedup_key) DO NOTHING`);
  }

  /**
   * By receiver and alert. A statement of its own, and joined here: whatever the planner takes the table for, it has no
   * choice but to read an index, or the table once.
   */
  private async groupsToldIn(
    tx: Queryable,
    entries: readonly OutboxEntry[],
  ): Promise<ReadonlyMap<string, string>> {
    const distinct = (of: (entry: OutboxEntry) => string): string[] => [...new Set(entries.map(of))];
    const rows = await tx.query<ToldGroup>(sql`
      SELECT DISTINCT ON (receiver_id, fingerprint, starts_at)
        receiver_id AS "receiverId", fingerprint, starts_at AS "startsAt", group_key AS "groupKey"
      FROM alert_outbox
      WHERE receiver_id = ANY (${distinct(({ receiverId }) => receiverId)}::bigint[])
        AND fingerprint = ANY (${distinct(({ alert }) => alert.fingerprint)}::text[])
        AND starts_at = ANY (${distinct(({ startsAt }) => startsAt)}::timestamptz[])
      ORDER BY receiver_id, fingerprint, starts_at, id DESC`);
    return new Map(rows.map((row) => [toldKey(row), row.groupKey]));
  }

  /** A new group waits for more; one that was told of waits for its interval. What is due earlier stays so. */
  private async wakeGroups(tx: Queryable, entries: readonly OutboxEntry[], at: Date): Promise<void> {
    const keys = entries.map(({ dedupKey }) => dedupKey);
    await tx.query(sql`
      INSERT INTO alert_deliveries (receiver_id)
      SELECT DISTINCT receiver_id FROM alert_outbox WHERE dedup_key = ANY (${keys}::text[]) ORDER BY receiver_id
      ON CONFLICT DO NOTHING`);
    await tx.query(sql`
      INSERT INTO alert_groups AS known (receiver_id, group_key, due_at)
      SELECT new.receiver_id, new.group_key,
        ${at}::timestamptz + (
          SELECT group_wait_ms FROM alert_receivers WHERE id = new.receiver_id) * interval '1 millisecond'
      FROM (
        SELECT DISTINCT receiver_id, group_key FROM alert_outbox
        WHERE dedup_key = ANY (${keys}::text[]) AND state = 'waiting'
      ) AS new
      ORDER BY new.receiver_id, new.group_key
      ON CONFLICT (receiver_id, group_key) DO UPDATE SET due_at = least(known.due_at, CASE
        WHEN known.sent_at IS NULL THEN excluded.due_at
        ELSE greatest(excluded.due_at, known.sent_at + (
          SELECT group_interval_ms FROM alert_receivers WHERE id = known.receiver_id) * interval '1 millisecond') END)`);
  }
}

function keyOf({ receiverId, alert, startsAt }: OutboxEntry): string {
  return toldKey({ receiverId, fingerprint: alert.fingerprint, startsAt: new Date(startsAt) });
}

function toldKey({ receiverId, fingerprint, startsAt }: Omit<ToldGroup, 'groupKey'>): string {
  return `${receiverId} ${fingerprint} ${startsAt.getTime()}`;
}
