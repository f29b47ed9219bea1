import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Layout, LayoutWithRegions } from './layout.js';
import type { Grid, Rectangle } from './rectangle.js';

const LAYOUT = sql`
  layout.id, layout.tenant_id AS "tenantId", layout.name, layout.grid_columns AS columns, layout.grid_rows AS rows,
  layout.version::float8 AS version, layout.last_operation::float8 AS "lastOperation", layout.created_by AS "createdBy",
  layout.created_at AS "createdAt", layout.updated_at AS "updatedAt"`;

/** What people choose of a layout. */
export interface LayoutDefinition extends Grid {
  readonly name: string;
}

/** Which layouts a list shows. */
export interface LayoutFilter {
  readonly tenantId: string;
  /** Part of the name, in any case. */
  readonly search?: string | undefined;
  readonly isDeleted?: boolean;
}

/** Which layouts were edited last. */
export interface EditedLast {
  readonly since: Date | undefined;
  readonly limit: number;
  readonly operations: number;
}

/** Which layout, and whose. */
export interface PlacedLayout {
  readonly tenantId: string;
  readonly layoutId: string;
}

/**
 * The layouts of tenants. Their regions are asked for by BETWEEN and in the order of one index, which no other one has:
 * statistics older than a layout would have the planner take any of them.
 */
@Injectable()
export class LayoutRepository {
  constructor(private readonly db: Database) {}

  /** Without its regions. Undefined when the tenant has no such layout. */
  async find(tenantId: string, id: string): Promise<Layout | undefined> {
    const [layout] = await this.db.read<Layout>(sql`
      SELECT ${LAYOUT} FROM layouts AS layout
      WHERE layout.id = ${id}::bigint AND layout.tenant_id = ${tenantId}::bigint AND layout.deleted_at IS NULL`);
    return layout;
  }

  /** By one statement: the regions are those of the version. */
  async findWithRegions(tenantId: string, id: string): Promise<LayoutWithRegions | undefined> {
    const [layout] = await this.db.read<LayoutWithRegions>(
      sql`
        SELECT ${LAYOUT}, regions.list AS regions
        FROM layouts AS layout CROSS JOIN LATERAL (
          SELECT coalesce(json_agg(region), '[]') AS list FROM (
            SELECT one.id::text AS id, one.x, one.y, one.width, one.height, one.title, one.kind, one.content, one.version
            FROM layout_regions AS one
            WHERE one.layout_id BETWEEN layout.id AND layout.id AND one.deleted_at IS NULL
            ORDER BY one.layout_id, one.deleted_at, one.id OFFSET 0) AS region
        ) AS regions
        WHERE layout.id = ${id}::bigint AND layout.tenant_id = ${tenantId}::bigint AND layout.deleted_at IS NULL`,
      { prepareAs: 'layout-with-regions' },
    );
    return layout;
  }

  /** Until the transaction ends nobody else changes it or its regions. */
  async lock(
    transaction: Queryable,
    tenantId: string,
    id: string,
    isDeleted = false,
  ): Promise<Layout | undefined> {
    const [layout] = await transaction.query<Layout>(sql`
      SELECT ${LAYOUT} FROM layouts AS layout
      WHERE layout.id = ${id}::bigint AND layout.tenant_id = ${tenantId}::bigint
        AND (layout.deleted_at IS NOT NULL) = ${isDeleted}::boolean
      FOR NO KEY UPDATE OF layout`);
    return layout;
  }

  /** Newest first; the cursor is the id of the last one before. */
  async list(
    { tenantId, search, isDeleted = false }: LayoutFilter,
    page: PageRequest,
  ): Promise<Page<Layout>> {
    const state = isDeleted ? sql`layout.deleted_at IS NOT NULL` : sql`layout.deleted_at IS NULL`;
    const before = page.cursor === undefined ? sql`` : sql`AND layout.id < ${page.cursor}::bigint`;
    const named =
      search === undefined ? sql`` : sql`AND position(lower(${search}::text) IN lower(layout.name)) > 0`;
    const rows = await this.db.read<Layout>(sql`
      SELECT ${LAYOUT} FROM layouts AS layout
      WHERE layout.tenant_id = ${tenantId}::bigint AND ${state} ${before} ${named}
      ORDER BY layout.id DESC LIMIT ${page.limit + 1}::int`);
    return pageOf(rows, page.limit, ({ id }) => id);
  }

  /** Of those that are there, by id. */
  async versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.db.read<{ id: string; version: number }>(sql`
      SELECT id, version::float8 AS version FROM layouts WHERE id = ANY (${ids}::bigint[]) AND deleted_at IS NULL`);
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  /** Those of a tenant that were changed last. */
  changedLastOf(tenantId: string, limit: number): Promise<PlacedLayout[]> {
    return this.db.read(sql`
      SELECT tenant_id AS "tenantId", id AS "layoutId" FROM layouts
      WHERE tenant_id = ${tenantId}::bigint AND deleted_at IS NULL
      ORDER BY updated_at DESC LIMIT ${limit}::int`);
  }

  /** Those of all tenants that the latest operations were on: looks at no more than `operations` of them. */
  editedLast({ since, limit, operations }: EditedLast): Promise<PlacedLayout[]> {
    const recent = since === undefined ? sql`` : sql`WHERE at >= ${since}`;
    return this.db.read(sql`
      SELECT layout.tenant_id AS "tenantId", layout.id AS "layoutId" FROM (
        SELECT latest.layout_id, max(latest.at) AS at FROM (
          SELECT layout_id, at FROM layout_operations ${recent} ORDER BY at DESC LIMIT ${operations}::int) AS latest
        GROUP BY latest.layout_id ORDER BY max(latest.at) DESC LIMIT ${limit}::int
      ) AS edited CROSS JOIN LATERAL (
        SELECT * FROM layouts AS one
        WHERE one.id BETWEEN edited.layout_id AND edited.layout_id AND one.deleted_at IS NULL
        ORDER BY one.id LIMIT 1) AS layout
      ORDER BY edited.at DESC`);
  }

  /** Undefined when the name is taken. */
  async insert(
    transaction: Queryable,
    owner: { readonly tenantId: string; readonly createdBy: string; readonly at: Date },
    { name, columns, rows }: LayoutDefinition,
  ): Promise<Layout | undefined> {
    const [layout] = await transaction.query<Layout>(sql`
      INSERT INTO layouts AS layout (tenant_id, name, grid_columns, grid_rows, created_by, created_at, updated_at)
      VALUES (${owner.tenantId}::bigint, ${name}, ${columns}::int, ${rows}::int, ${owner.createdBy}, ${owner.at},
        ${owner.at})
      ON CONFLICT (tenant_id, name) WHERE deleted_at IS NULL DO NOTHING RETURNING ${LAYOUT}`);
    return layout;
  }

  /** The version rises by one. The layout must be locked, and the name free. */
  async update(
    transaction: Queryable,
    id: string,
    { name, columns, rows, at }: LayoutDefinition & { readonly at: Date },
  ): Promise<Layout | undefined> {
    const [layout] = await transaction.query<Layout>(sql`
      UPDATE layouts AS layout SET name = ${name}, grid_columns = ${columns}::int, grid_rows = ${rows}::int,
        version = version + 1, updated_at = ${at}
      WHERE id = ${id}::bigint RETURNING ${LAYOUT}`);
    return layout;
  }

  /** The version rises by one; null: it is there again. The layout must be locked. */
  async markDeleted(transaction: Queryable, id: string, deletedAt: Date | null, at: Date): Promise<void> {
    await transaction.execute(sql`
      UPDATE layouts SET deleted_at = ${deletedAt}::timestamptz, version = version + 1, updated_at = ${at}
      WHERE id = ${id}::bigint`);
  }

  /** Whether another layout of the tenant has the name. */
  async isTaken(transaction: Queryable, tenantId: string, name: string, exceptId: string): Promise<boolean> {
    const rows = await transaction.query(sql`
      SELECT id FROM layouts WHERE tenant_id = ${tenantId}::bigint AND name = ${name} AND deleted_at IS NULL
        AND id <> ${exceptId}::bigint`);
    return rows.length > 0;
  }

  /** A region that would not lie on the grid. */
  async outside(transaction: Queryable, id: string, { columns, rows }: Grid): Promise<Rectangle | undefined> {
    const [region] = await transaction.query<Rectangle>(sql`
      SELECT x, y, width, height FROM layout_regions
      WHERE layout_id BETWEEN ${id}::bigint AND ${id}::bigint AND deleted_at IS NULL
        AND (x + width > ${columns}::int OR y + height > ${rows}::int)
      ORDER BY layout_id, deleted_at, id LIMIT 1`);
    return region;
  }

  /** Layouts of the tenant that are there, counted up to `most`. */
  async count(transaction: Queryable, tenantId: string, most: number): Promise<number> {
    const [row] = await transaction.query<{ count: number }>(sql`
      SELECT count(*)::int AS count FROM (
        SELECT id FROM layouts WHERE tenant_id = ${tenantId}::bigint AND deleted_at IS NULL LIMIT ${most}::int
      ) AS found`);
    return row?.count ?? 0;
  }
}
