import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Slo, SloDefinition } from './slo.js';

const SLO = sql`
  id, tenant_id AS "tenantId", name, indicator, objective, window_ms::float8 AS "windowMs",
  version::float8 AS version, created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"`;

/** The SLOs. */
@Injectable()
export class SloRepository {
  constructor(private readonly db: Database) {}

  /** The instant by which something is judged that is asked for: the database's clock. */
  async now(): Promise<Date> {
    const [row] = await this.db.read<{ at: Date }>(
      sql`SELECT date_trunc('milliseconds', clock_timestamp()) AS at`,
    );
    return row?.at ?? new Date(NaN);
  }

  /** Those of `ids` that exist, of every tenant. */
  ofIds(ids: readonly string[]): Promise<Slo[]> {
    return this.db.read<Slo>(sql`SELECT ${SLO} FROM alert_slos WHERE id = ANY (${ids}::bigint[])`);
  }

  /** In the order of creation; the cursor is the id of the last SLO before. */
  async list(tenantId: string, { limit, cursor = '0' }: PageRequest): Promise<Page<Slo>> {
    const rows = await this.db.read<Slo>(sql`
      SELECT ${SLO} FROM alert_slos WHERE tenant_id = ${tenantId}::bigint AND id > ${cursor}::bigint
      ORDER BY id LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Undefined when the tenant has no such SLO. */
  async find(source: Queryable, tenantId: string, id: string): Promise<Slo | undefined> {
    const [slo] = await source.query<Slo>(
      sql`SELECT ${SLO} FROM alert_slos WHERE tenant_id = ${tenantId}::bigint AND id = ${id}::bigint`,
    );
    return slo;
  }

  async count(transaction: Queryable, tenantId: string): Promise<number> {
    const [row] = await transaction.query<{ slos: number }>(
      sql`SELECT count(*)::int AS slos FROM alert_slos WHERE tenant_id = ${tenantId}::bigint`,
    );
    return row?.slos ?? 0;
  }

  /** Undefined when the tenant has an SLO of this name. */
  async insert(
    transaction: Queryable,
    slo: SloDefinition & Pick<Slo, 'tenantId' | 'createdBy'>,
  ): Promise<Slo | undefined> {
    const [stored] = await transaction.query<Slo>(sql`
      INSERT INTO alert_slos (tenant_id, name, indicator, objective, window_ms, created_by)
      VALUES (${slo.tenantId}, ${slo.name}, ${JSON.stringify(slo.indicator)}::jsonb, ${slo.objective},
        ${slo.windowMs}, ${slo.createdBy})
      ON CONFLICT (tenant_id, name) DO NOTHING
      RETURNING ${SLO}`);
    return stored;
  }

  /** Undefined when the tenant has another SLO of this name. */
  async update(transaction: Queryable, id: string, slo: SloDefinition): Promise<Slo | undefined> {
    const [stored] = await transaction.query<Slo>(sql`
      UPDATE alert_slos AS mine SET name = ${slo.name}, indicator = ${JSON.stringify(slo.indicator)}::jsonb,
        objective = ${slo.objective}, window_ms = ${slo.windowMs}, version = version + 1, updated_at = now()
      WHERE id = ${id}::bigint AND NOT EXISTS (
        SELECT FROM alert_slos AS other
        WHERE other.tenant_id = mine.tenant_id AND other.name = ${slo.name} AND other.id <> mine.id)
      RETURNING ${SLO}`);
    return stored;
  }

  /** With its rules. */
  async delete(transaction: Queryable, id: string): Promise<void> {
    await transaction.query(sql`DELETE FROM alert_slos WHERE id = ${id}::bigint`);
  }
}
