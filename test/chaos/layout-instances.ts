import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import type { DashboardsInstance } from '../support/dashboards.js';
import type { LayoutEvidence } from './layout-judge.js';
import type { LayoutWish, LoggedOperation, ModelGrid } from './layout-model.js';
import type { Editing } from './layout-run.js';

/** A layout in the database, and the ways to change it. */
export interface LayoutUnderTest {
  readonly tenantId: string;
  readonly layoutId: string;
}

/** What an editor does on one instance. */
export function editingOn(
  { regions, steps }: DashboardsInstance,
  db: Database,
  { tenantId, layoutId }: LayoutUnderTest,
): Editing {
  return {
    look: () => readRegions(db, layoutId),
    fulfil: async (actor: string, wish: LayoutWish) => {
      const caller = { tenantId, actor };
      switch (wish.kind) {
        case 'create':
          return (
            await regions.create(caller, layoutId, { ...wish.region, content: { ...wish.region.content } })
          ).operation;
        case 'update': {
          const { regionId, version, fields } = wish;
          const { content, ...rest } = fields;
          const given = { ...rest, ...(content !== undefined && { content: { ...content } }) };
          return (await regions.update(caller, { layoutId, regionId, version }, given)).operation;
        }
        case 'delete':
          return (await regions.delete(caller, { layoutId, regionId: wish.regionId, version: wish.version }))
            .operation;
        case 'undo':
          return (await steps.undo(caller, { layoutId, before: wish.before })).number;
        case 'redo':
          return (await steps.redo(caller, { layoutId })).number;
      }
    },
  };
}

export async function makeLayout(db: Database, grid: ModelGrid): Promise<LayoutUnderTest> {
  const [row] = await db.query<LayoutUnderTest>(sql`
    INSERT INTO layouts (tenant_id, name, grid_columns, grid_rows, created_by)
    SELECT id, 'layout ' || gen_random_uuid(), ${grid.columns}, ${grid.rows}, 'chaos' FROM tenants ORDER BY id LIMIT 1
    RETURNING tenant_id AS "tenantId", id AS "layoutId"`);
  if (row === undefined) throw new Error('There is no tenant.');
  return row;
}

export function readOperations(db: Database, layoutId: string): Promise<LoggedOperation[]> {
  return db.query<LoggedOperation>(sql`
    SELECT number::float8 AS number, actor, kind, takes_back::float8 AS "takesBack",
      taken_back_by::float8 AS "takenBackBy", changes
    FROM layout_operations WHERE layout_id = ${layoutId}::bigint ORDER BY number`);
}

export function readRegions(db: Database, layoutId: string): Promise<LayoutEvidence['regions'][number][]> {
  return db.query(sql`
    SELECT id, x, y, width, height, title, kind, content, version::float8 AS version FROM layout_regions
    WHERE layout_id = ${layoutId}::bigint AND deleted_at IS NULL ORDER BY id`);
}
