import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql, type SqlFragment } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Dashboard, DashboardDefinition } from './dashboard.js';

const DASHBOARD = sql`
  dashboard.id, dashboard.name, dashboard.owner, dashboard.sharing, dashboard.sections, dashboard.filters,
  dashboard.time_range AS "timeRange", dashboard.layout_id AS "layoutId", dashboard.version::float8 AS version,
  dashboard.created_at AS "createdAt", dashboard.updated_at AS "updatedAt"`;

/** Who looks. */
export interface Onlooker {
  readonly tenantId: string;
  readonly actor: string;
  readonly isAdmin: boolean;
}

/** Which dashboards a list shows, of those that the onlooker may see. */
export interface DashboardFilter {
  /** Part of the name, in any case. */
  readonly search?: string | undefined;
  readonly isOwn?: boolean;
}

/** The saved dashboards. */
@Injectable()
export class DashboardRepository {
  constructor(private readonly db: Database) {}

  /** Undefined when there is none that the onlooker may see. */
  async find(onlooker: Onlooker, id: string): Promise<Dashboard | undefined> {
    const [dashboard] = await this.db.read<Dashboard>(sql`
      SELECT ${DASHBOARD} FROM dashboards AS dashboard
      WHERE dashboard.id = ${id}::bigint AND ${visibleTo(onlooker)}`);
    return dashboard;
  }

  /** The same; until the transaction ends nobody else changes it. */
  async lock(transaction: Queryable, onlooker: Onlooker, id: string): Promise<Dashboard | undefined> {
    const [dashboard] = await transaction.query<Dashboard>(sql`
      SELECT ${DASHBOARD} FROM dashboards AS dashboard
      WHERE dashboard.id = ${id}::bigint AND ${visibleTo(onlooker)} FOR NO KEY UPDATE OF dashboard`);
    return dashboard;
  }

  /** Newest first; the cursor is the id of the last one before. */
  async list(
    onlooker: Onlooker,
    { search, isOwn = false }: DashboardFilter,
    { limit, cursor }: PageRequest,
  ): Promise<Page<Dashboard>> {
    const before = cursor === undefined ? sql`` : sql`AND dashboard.id < ${cursor}::bigint`;
    const named =
      search === undefined ? sql`` : sql`AND position(lower(${search}::text) IN lower(dashboard.name)) > 0`;
    const own = isOwn ? sql`AND dashboard.owner = ${onlooker.actor}` : sql``;
    const rows = await this.db.read<Dashboard>(sql`
      SELECT ${DASHBOARD} FROM dashboards AS dashboard
      WHERE ${visibleTo(onlooker)} ${own} ${before} ${named}
      ORDER BY dashboard.id DESC LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }

  async insert(
    transaction: Queryable,
    { tenantId, owner, at }: { readonly tenantId: string; readonly owner: string; readonly at: Date },
    wish: DashboardDefinition,
  ): Promise<Dashboard> {
    const [dashboard] = await transaction.query<Dashboard>(sql`
      INSERT INTO dashboards AS dashboard (tenant_id, owner, name, sharing, sections, filters, time_range, layout_id,
        created_at, updated_at)
      VALUES (${tenantId}::bigint, ${owner}, ${wish.name}, ${wish.sharing}, ${JSON.stringify(wish.sections)}::jsonb,
        ${JSON.stringify(wish.filters)}::jsonb, ${JSON.stringify(wish.timeRange)}::jsonb, ${wish.layoutId}::bigint,
        ${at}, ${at})
      RETURNING ${DASHBOARD}`);
    if (dashboard === undefined) throw new TypeError('an insert returns its row');
    return dashboard;
  }

  /** The version rises by one. It must be locked, and its name free. */
  async update(
    transaction: Queryable,
    id: string,
    wish: DashboardDefinition & { readonly at: Date },
  ): Promise<Dashboard> {
    const [dashboard] = await transaction.query<Dashboard>(sql`
      UPDATE dashboards AS dashboard SET name = ${wish.name}, sharing = ${wish.sharing},
        sections = ${JSON.stringify(wish.sections)}::jsonb, filters = ${JSON.stringify(wish.filters)}::jsonb,
        time_range = ${JSON.stringify(wish.timeRange)}::jsonb, layout_id = ${wish.layoutId}::bigint,
        version = version + 1, updated_at = ${wish.at}
      WHERE id = ${id}::bigint RETURNING ${DASHBOARD}`);
    if (dashboard === undefined) throw new TypeError('a dashboard that is locked is there');
    return dashboard;
  }

  async markDeleted(transaction: Queryable, id: string, at: Date): Promise<void> {
    await transaction.execute(sql`UPDATE dashboards SET deleted_at = ${at} WHERE id = ${id}::bigint`);
  }

  /** Whether its owner has another one of the name. */
  async isTaken(
    transaction: Queryable,
    { tenantId, owner, name }: { readonly tenantId: string; readonly owner: string; readonly name: string },
    exceptId: string | null,
  ): Promise<boolean> {
    const rows = await transaction.query(sql`
      SELECT id FROM dashboards
      WHERE tenant_id = ${tenantId}::bigint AND owner = ${owner} AND name = ${name} AND deleted_at IS NULL
        AND id IS DISTINCT FROM ${exceptId}::bigint`);
    return rows.length > 0;
  }

  /** Dashboards of the tenant that are there, counted up to `most`. */
  async count(transaction: Queryable, tenantId: string, most: number): Promise<number> {
    const [row] = await transaction.query<{ count: number }>(sql`
      SELECT count(*)::int AS count FROM (
        SELECT id FROM dashboards WHERE tenant_id = ${tenantId}::bigint AND deleted_at IS NULL LIMIT ${most}::int
      ) AS found`);
    return row?.count ?? 0;
  }
}

function visibleTo({ tenantId, actor, isAdmin }: Onlooker): SqlFragment {
  return sql`dashboard.tenant_id = ${tenantId}::bigint AND dashboard.deleted_at IS NULL
    AND (dashboard.sharing <> 'private' OR dashboard.owner = ${actor} OR ${isAdmin}::boolean)`;
}
