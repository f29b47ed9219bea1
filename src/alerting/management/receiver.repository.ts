import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { AlertReceiver } from '../model/receiver.js';

/** A receiver with who made it, and when; still without its secrets. */
export interface StoredReceiver extends Omit<AlertReceiver, 'tenantId'> {
  /** Which secrets there are, by name. */
  readonly secretNames: readonly string[];
  /** Rises with each change. */
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A receiver with what opens it: for the delivery alone, and for no answer, log or error. */
export interface SecretReceiver extends AlertReceiver {
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** What may be chosen of a receiver. */
export type ReceiverDefinition = Omit<SecretReceiver, 'id' | 'tenantId'>;

/** A receiver to be stored. */
export interface NewReceiver extends ReceiverDefinition {
  readonly tenantId: string;
  readonly createdBy: string;
}

const SHOWN = sql`
  id, name, kind, settings, group_by AS "groupBy", group_wait_ms::float8 AS "groupWaitMs",
  group_interval_ms::float8 AS "groupIntervalMs", repeat_ms::float8 AS "repeatMs", sends_resolved AS "sendsResolved"`;

const RECEIVER = sql`tenant_id AS "tenantId", ${SHOWN}`;

const STORED = sql`
  ${SHOWN}, ARRAY(SELECT jsonb_object_keys(secrets) ORDER BY 1) AS "secretNames", version::float8 AS version, created_by AS "createdBy", created_at AS "createdAt",
  updated_at AS "updatedAt"`;

/** The receivers. Their secrets leave it by `withSecrets` and `lock` only. */
@Injectable()
export class ReceiverRepository {
  constructor(private readonly db: Database) {}

  /** For the delivery: those of `ids` that exist, in no order. */
  withSecrets(ids: readonly string[]): Promise<SecretReceiver[]> {
    return this.db.read<SecretReceiver>(
      sql`SELECT ${RECEIVER}, secrets FROM alert_receivers WHERE id = ANY (${ids}::bigint[])`,
    );
  }

  /** In the order of creation; the cursor is the id of the last receiver before. */
  async list(tenantId: string, { limit, cursor = '0' }: PageRequest): Promise<Page<StoredReceiver>> {
    const rows = await this.db.read<StoredReceiver>(sql`
      SELECT ${STORED} FROM alert_receivers WHERE tenant_id = ${tenantId}::bigint AND id > ${cursor}::bigint
      ORDER BY id LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Undefined when the tenant has no such receiver. */
  async find(tenantId: string, id: string): Promise<StoredReceiver | undefined> {
    const [receiver] = await this.db.read<StoredReceiver>(
      sql`SELECT ${STORED} FROM alert_receivers WHERE tenant_id = ${tenantId}::bigint AND id = ${id}::bigint`,
    );
    return receiver;
  }

  /** The same with its secrets, kept from other changes until the transaction ends. */
  async lock(
    transaction: Queryable,
    tenantId: string,
    id: string,
  ): Promise<(StoredReceiver & SecretReceiver) | undefined> {
    const [receiver] = await transaction.query<StoredReceiver & SecretReceiver>(sql`
      SELECT ${STORED}, tenant_id AS "tenantId", secrets FROM alert_receivers
      WHERE tenant_id = ${tenantId}::bigint AND id = ${id}::bigint FOR UPDATE`);
    return receiver;
  }

  /** Which of `ids` are receivers of the tenant; they cannot go before the transaction ends. */
  async known(
    transaction: Queryable,
    tenantId: string,
    ids: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const rows = await transaction.query<{ id: string }>(sql`
      SELECT id FROM alert_receivers WHERE tenant_id = ${tenantId}::bigint AND id = ANY (${ids}::bigint[])
      ORDER BY id FOR KEY SHARE`);
    return new Set(rows.map(({ id }) => id));
  }

  async count(transaction: Queryable, tenantId: string): Promise<number> {
    const [row] = await transaction.query<{ receivers: number }>(
      sql`SELECT count(*)::int AS receivers FROM alert_receivers WHERE tenant_id = ${tenantId}::bigint`,
    );
    return row?.receivers ?? 0;
  }

  /** Undefined when the tenant has a receiver of this name. */
  async insert(transaction: Queryable, receiver: NewReceiver): Promise<StoredReceiver | undefined> {
    const [stored] = await transaction.query<StoredReceiver>(sql`
      INSERT INTO alert_receivers (tenant_id, name, kind, settings, secrets, group_by, group_wait_ms,
        group_interval_ms, repeat_ms, sends_resolved, created_by)
      VALUES (${receiver.tenantId}, ${receiver.name}, ${receiver.kind}, ${JSON.stringify(receiver.settings)}::jsonb,
        ${JSON.stringify(receiver.secrets)}::jsonb, ${receiver.groupBy}::text[], ${receiver.groupWaitMs},
        ${receiver.groupIntervalMs}, ${receiver.repeatMs}, ${receiver.sendsResolved}, ${receiver.createdBy})
      ON CONFLICT (tenant_id, name) DO NOTHING
      RETURNING ${STORED}`);
    return stored;
  }

  /** Undefined when the tenant has another receiver of this name. */
  async update(
    transaction: Queryable,
    id: string,
    receiver: ReceiverDefinition,
  ): Promise<StoredReceiver | undefined> {
    const [stored] = await transaction.query<StoredReceiver>(sql`
      UPDATE alert_receivers AS mine SET name = ${receiver.name}, kind = ${receiver.kind},
        settings = ${JSON.stringify(receiver.settings)}::jsonb, secrets = ${JSON.stringify(receiver.secrets)}::jsonb,
        group_by = ${receiver.groupBy}::text[], group_wait_ms = ${receiver.groupWaitMs},
        group_interval_ms = ${receiver.groupIntervalMs}, repeat_ms = ${receiver.repeatMs},
        sends_resolved = ${receiver.sendsResolved}, version = version + 1, updated_at = now()
      WHERE id = ${id}::bigint AND NOT EXISTS (
        SELECT FROM alert_receivers AS other
        WHERE other.tenant_id = mine.tenant_id AND other.name = ${receiver.name} AND other.id <> mine.id)
      RETURNING ${STORED}`);
    return stored;
  }

  /** Rules and SLOs that name it are other ones without it. Before `lock`: rules are locked before receivers everywhere. */
  async leaveRules(transaction: Queryable, tenantId: string, id: string): Promise<void> {
    await transaction.query(sql`
      WITH named AS (
        SELECT rule.id, rule.slo_id FROM alert_rules AS rule JOIN alert_rule_receivers AS link ON link.rule_id = rule.id
        WHERE link.receiver_id = ${id}::bigint AND rule.tenant_id = ${tenantId}::bigint
        ORDER BY rule.id FOR NO KEY UPDATE OF rule),
      slos AS (
        UPDATE alert_slos SET version = version + 1, updated_at = now() WHERE id IN (SELECT slo_id FROM named))
      UPDATE alert_rules SET version = version + 1, updated_at = now() WHERE id IN (SELECT id FROM named)`);
  }

  /** With what waits for it. */
  async delete(transaction: Queryable, id: string): Promise<void> {
    await transaction.query(sql`DELETE FROM alert_receivers WHERE id = ${id}::bigint`);
  }
}
