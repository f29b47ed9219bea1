import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../src/kernel/app-error.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { type LayoutUnderTest, readRegions } from './layout-instances.js';
import type { LayoutWish, LoggedChange, ModelRegion } from './layout-model.js';
import type { Editing } from './layout-run.js';

/** A refusal of the careless editor. */
class CarelessRefusal extends AppError {
  readonly kind = 'conflict';

  constructor(readonly code: string) {
    super(code, {});
  }
}

const EXCLUSION_VIOLATION = '23P01';

/**
 * The control arm: it reads a region, and then writes all of it, as is usual. Its operations are numbered as they should
 * be, and the constraint of the table keeps regions apart; only nobody has locked the layout between the two.
 */
export function carelessEditing(db: Database, { tenantId, layoutId }: LayoutUnderTest): Editing {
  return {
    look: () => readRegions(db, layoutId),
    fulfil: async (actor, wish) => {
      const change = await changeOf(db, layoutId, wish);
      try {
        return await write(db, { tenantId, layoutId }, { actor, kind: wish.kind, change });
      } catch (error) {
        if (JSON.stringify(error, ['code', 'cause', 'original', 'parent']).includes(EXCLUSION_VIOLATION))
          throw new CarelessRefusal('LAYOUT_REGION_OVERLAP');
        throw error;
      }
    },
  };
}

/** Undefined: nothing is to be done. */
async function changeOf(db: Database, layoutId: string, wish: LayoutWish): Promise<LoggedChange | undefined> {
  if (wish.kind === 'create') {
    const [row] = await db.query<{ id: string }>(
      sql`SELECT nextval(pg_get_serial_sequence('layout_regions', 'id'))::text AS id`,
    );
    return { regionId: row?.id ?? '', before: null, after: wish.region };
  }
  if (wish.kind === 'undo' || wish.kind === 'redo') throw new CarelessRefusal('LAYOUT_NOTHING_TO_UNDO');
  const { id: regionId, ...region } = await regionOf(db, layoutId, wish);
  const before = withoutVersion(region);
  if (wish.kind === 'delete') return { regionId, before, after: null };
  const after: ModelRegion = { ...before, ...wish.fields };
  return isDeepStrictEqual(before, after) ? undefined : { regionId, before, after };
}

function withoutVersion({ x, y, width, height, title, kind, content }: ModelRegion): ModelRegion {
  return { x, y, width, height, title, kind, content };
}

async function regionOf(
  db: Database,
  layoutId: string,
  { regionId, version }: { readonly regionId: string; readonly version?: number | undefined },
): Promise<Awaited<ReturnType<typeof readRegions>>[number]> {
  const found = (await readRegions(db, layoutId)).find(({ id }) => id === regionId);
  if (found === undefined) throw new CarelessRefusal('LAYOUT_REGION_NOT_FOUND');
  if (version !== undefined && version !== found.version)
    throw new CarelessRefusal('LAYOUT_VERSION_CONFLICT');
  return found;
}

async function write(
  db: Database,
  { tenantId, layoutId }: LayoutUnderTest,
  done: { readonly actor: string; readonly kind: string; readonly change: LoggedChange | undefined },
): Promise<number> {
  const { actor, kind, change } = done;
  return db.transaction(async (transaction) => {
    const step = change === undefined ? 0 : 1;
    const [row] = await transaction.query<{ number: number }>(sql`
      UPDATE layouts SET last_operation = last_operation + ${step}::int WHERE id = ${layoutId}::bigint
      RETURNING last_operation::float8 AS number`);
    const number = row?.number ?? 0;
    if (change === undefined) return number;
    const { regionId, after } = change;
    await transaction.query(sql`
      INSERT INTO layout_operations (layout_id, number, actor, kind, changes, layout_version, at)
      VALUES (${layoutId}::bigint, ${number}::bigint, ${actor}, ${kind}, ${JSON.stringify([change])}::jsonb, 1, now())`);
    if (after === null) {
      await transaction.query(sql`
        UPDATE layout_regions SET deleted_at = now(), version = ${number}::bigint WHERE id = ${regionId}::bigint`);
      return number;
    }
    await transaction.query(sql`
      INSERT INTO layout_regions (id, layout_id, tenant_id, x, y, width, height, title, kind, content, version,
        created_by, created_at, updated_at)
      VALUES (${regionId}::bigint, ${layoutId}::bigint, ${tenantId}::bigint, ${after.x}, ${after.y}, ${after.width},
        ${after.height}, ${after.title}, ${after.kind}, ${JSON.stringify(after.content)}::jsonb, ${number}::bigint,
        ${actor}, now(), now())
      ON CONFLICT (id) DO UPDATE SET x = excluded.x, y = excluded.y, width = excluded.width, height = excluded.height,
        title = excluded.title, kind = excluded.kind, content = excluded.content, version = excluded.version`);
    return number;
  });
}
