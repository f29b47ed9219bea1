import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Silence } from '../model/silence.js';

/** A silence with when it was made, and whether it holds. */
export interface StoredSilence extends Omit<Silence, 'tenantId'> {
  /** By the database's clock. */
  readonly state: 'pending' | 'active' | 'expired';
  /** Rises with each change. */
  readonly version: number;
  readonly createdAt: Date;
}

/** What may be chosen of a silence. */
export type SilenceDefinition = Pick<Silence, 'matchers' | 'startsAt' | 'endsAt' | 'comment'>;

/** Which silences a list shows. */
export interface SilenceFilter {
  readonly tenantId: string;
  readonly state?: StoredSilence['state'] | undefined;
}

const SHOWN = sql`
  id, matchers, starts_at AS "startsAt", ends_at AS "endsAt", comment,
  created_by AS "createdBy"`;

const STATE = sql`
  CASE WHEN ends_at <= clock_timestamp() THEN 'expired' WHEN starts_at > clock_timestamp() THEN 'pending'
    ELSE 'active' END`;

const SILENCE = sql`tenant_id AS "tenantId", ${SHOWN}`;

const STORED = sql`${SHOWN}, ${STATE} AS state, version::float8 AS version, created_at AS "createdAt"`;

/** The silences. */
@Injectable()
export class SilenceRepository {
  constructor(private readonly db: Database) {}

  /** Those that hold at `at`, by the database's clock, of every tenant, by id. */
  active(at: Date): Promise<Silence[]> {
    return this.db.read<Silence>(sql`
      SELECT ${SILENCE} FROM alert_silences
      WHERE starts_at <= ${at}::timestamptz AND ends_at > ${at}::timestamptz ORDER BY id`);
  }

  /** Those of one tenant that hold now, by id. */
  activeOf(tenantId: string): Promise<Silence[]> {
    return this.db.read<Silence>(sql`
      SELECT ${SILENCE} FROM alert_silences
      WHERE tenant_id = ${tenantId}::bigint AND ${STATE} = 'active' ORDER BY id`);
  }

  /** Newest first; the cursor is the id of the last silence before. */
  async list(
    { tenantId, state }: SilenceFilter,
    { limit, cursor }: PageRequest,
  ): Promise<Page<StoredSilence>> {
    const rows = await this.db.read<StoredSilence>(sql`
      SELECT ${STORED} FROM alert_silences
      WHERE tenant_id = ${tenantId}::bigint AND id < coalesce(${cursor ?? null}::bigint, 9223372036854775807)
        AND (${state ?? null}::text IS NULL OR ${STATE} = ${state ?? null})
      ORDER BY id DESC LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Undefined when the tenant has no such silence. */
  async find(tenantId: string, id: string): Promise<StoredSilence | undefined> {
    const [silence] = await this.db.read<StoredSilence>(
      sql`SELECT ${STORED} FROM alert_silences WHERE tenant_id = ${tenantId}::bigint AND id = ${id}::bigint`,
    );
    return silence;
  }

  /** The same, kept from other changes until the transaction ends. */
  async lock(transaction: Queryable, tenantId: string, id: string): Promise<StoredSilence | undefined> {
    const [silence] = await transaction.query<StoredSilence>(sql`
      SELECT ${STORED} FROM alert_silences
      WHERE tenant_id = ${tenantId}::bigint AND id = ${id}::bigint FOR UPDATE`);
    return silence;
  }

  /** The database's clock, which decides what holds. */
  async now(transaction: Queryable): Promise<Date> {
    const [row] = await transaction.query<{ now: Date }>(sql`SELECT clock_timestamp() AS now`);
    return row?.now ?? new Date(NaN);
  }

  /** How many hold or will. */
  async countCurrent(transaction: Queryable, tenantId: string): Promise<number> {
    const [row] = await transaction.query<{ silences: number }>(sql`
      SELECT count(*)::int AS silences FROM alert_silences
      WHERE tenant_id = ${tenantId}::bigint AND ends_at > clock_timestamp()`);
    return row?.silences ?? 0;
  }

  /** Leaves the tenant the newest `kept` of those that are over. */
  async prune(transaction: Queryable, tenantId: string, kept: number): Promise<void> {
    await transaction.query(sql`
      DELETE FROM alert_silences WHERE id IN (
        SELECT id FROM alert_silences WHERE tenant_id = ${tenantId}::bigint AND ends_at <= clock_timestamp()
        ORDER BY ends_at DESC OFFSET ${kept}::int)`);
  }

  /** Undefined when it would be over before it begins. */
  async insert(
    transaction: Queryable,
    silence: SilenceDefinition & Pick<Silence, 'tenantId' | 'createdBy'>,
  ): Promise<StoredSilence | undefined> {
    const [stored] = await transaction.query<StoredSilence>(sql`
      INSERT INTO alert_silences (tenant_id, matchers, starts_at, ends_at, comment, created_by)
      SELECT ${silence.tenantId}::bigint, ${JSON.stringify(silence.matchers)}::jsonb, ${silence.startsAt}::timestamptz,
        ${silence.endsAt}::timestamptz, ${silence.comment}::text, ${silence.createdBy}::text
      WHERE greatest(${silence.startsAt}::timestamptz, clock_timestamp()) < ${silence.endsAt}::timestamptz
      RETURNING ${STORED}`);
    return stored;
  }

  /** Undefined when it would be over before it begins. */
  async update(
    transaction: Queryable,
    id: string,
    silence: SilenceDefinition,
  ): Promise<StoredSilence | undefined> {
    const [stored] = await transaction.query<StoredSilence>(sql`
      UPDATE alert_silences SET matchers = ${JSON.stringify(silence.matchers)}::jsonb,
        starts_at = ${silence.startsAt}::timestamptz, ends_at = ${silence.endsAt}::timestamptz,
        comment = ${silence.comment}, version = version + 1
      WHERE id = ${id}::bigint
        AND greatest(${silence.startsAt}::timestamptz, clock_timestamp()) < ${silence.endsAt}::timestamptz
      RETURNING ${STORED}`);
    return stored;
  }

  /** Ends it now; one that has not begun begins and ends at once. */
  async end(transaction: Queryable, id: string): Promise<StoredSilence | undefined> {
    const [stored] = await transaction.query<StoredSilence>(sql`
      UPDATE alert_silences SET starts_at = least(starts_at, now() - interval '1 microsecond'),
        ends_at = least(ends_at, now()), version = version + 1
      WHERE id = ${id}::bigint RETURNING ${STORED}`);
    return stored;
  }
}
