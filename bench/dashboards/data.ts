import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';

/** As wide as it takes for all regions and for what editors add. */
export const GRID = { columns: 100, rows: 100 };
/** Regions of the data stand in the upper rows, 20 beside each other, each 5 x 4 cells. */
export const PER_ROW = 20;
export const CELLS = { width: 5, height: 4 };
const LAYOUTS_AT_ONCE = 200;
const KINDS = ['chart', 'table', 'text', 'number', 'map', 'alerts', 'jobs', 'gauge'];

/** What is in the database. */
export interface Filling {
  readonly tenantId: string;
  readonly layouts: number;
  readonly regionsPerLayout: number;
  /** Names are numbered from here. */
  readonly firstNumber?: number;
}

/**
 * Layouts with regions as people have them: titles of a few common words and a rare one, eight kinds, a content that
 * names a source. Answers the ids of the layouts.
 */
export async function fillLayouts(
  db: Database,
  { tenantId, layouts, regionsPerLayout, firstNumber = 0 }: Filling,
): Promise<string[]> {
  const ids: string[] = [];
  const rebuild = layouts > LAYOUTS_AT_ONCE ? await dropIndexes(db) : [];
  for (let from = 0; from < layouts; from += LAYOUTS_AT_ONCE) {
    const count = Math.min(LAYOUTS_AT_ONCE, layouts - from);
    const made = await db.query<{ id: string }>(sql`
      INSERT INTO layouts (tenant_id, name, grid_columns, grid_rows, created_by)
      SELECT ${tenantId}::bigint, 'layout ' || (${firstNumber + from}::int + number), ${GRID.columns}, ${GRID.rows}, 'bench'
      FROM generate_series(1, ${count}::int) AS number RETURNING id`);
    const chunk = made.map(({ id }) => id);
    await fillRegions(db, chunk, { tenantId, regionsPerLayout });
    ids.push(...chunk);
  }
  for (const statement of rebuild) await db.query(rawSql(statement));
  // What the server does by itself some minutes after such a load.
  await db.query(sql`VACUUM (ANALYZE) layouts, layout_regions, layout_operations`);
  await db.query(sql`CHECKPOINT`);
  return ids;
}

/** Millions of rows are sorted into indexes far faster at once. Answers the statements that make them again. */
async function dropIndexes(db: Database): Promise<string[]> {
  const rows = await db.query<{ undo: string; redo: string }>(sql`
    SELECT format('ALTER TABLE layout_regions DROP CONSTRAINT %I', conname) AS undo,
      format('ALTER TABLE layout_regions ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS redo
    FROM pg_constraint WHERE conrelid = 'layout_regions'::regclass AND contype = 'x'
    UNION ALL
    SELECT format('DROP INDEX %I', relname), pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = 'layout_regions'::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`);
  for (const { undo } of rows) await db.query(rawSql(undo));
  return rows.map(({ redo }) => redo);
}

/** Statements that the database itself has written. */
function rawSql(text: string): ReturnType<typeof sql> {
  return sql(Object.assign([text], { raw: [text] }));
}

async function fillRegions(
  db: Database,
  layoutIds: readonly string[],
  { tenantId, regionsPerLayout }: Pick<Filling, 'tenantId' | 'regionsPerLayout'>,
): Promise<void> {
  await db.query(sql`
    INSERT INTO layout_regions (layout_id, tenant_id, x, y, width, height, title, kind, content, created_by,
      created_at, updated_at)
    SELECT layout_id, ${tenantId}::bigint, (number % ${PER_ROW}::int) * ${CELLS.width}::int,
      (number / ${PER_ROW}::int) * ${CELLS.height}::int, ${CELLS.width}::int, ${CELLS.height}::int,
      'Load of ' || (ARRAY['shop', 'fleet', 'robinhood', 'orders'])[1 + number % 4] || ' w' || (layout_id * 31 + number) % 5000,
      (${KINDS}::text[])[1 + number % ${KINDS.length}::int],
      jsonb_build_object('source', 'source-' || number % 40, 'metric', 'duration', 'limit', number), 'bench', now(), now()
    FROM unnest(${layoutIds}::bigint[]) AS layout_id, generate_series(0, ${regionsPerLayout}::int - 1) AS number`);
}
