import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { NewOperation } from './operation.js';
import type { Region } from './region.js';

const REGION = sql`
  region.id, region.x, region.y, region.width, region.height, region.title, region.kind, region.content,
  region.version::float8 AS version`;

/** Regions, and the operations that changed them: both are always written together. */
@Injectable()
export class RegionRepository {
  constructor(private readonly db: Database) {}

  /** All of a layout that are there, by id. */
  all(layoutId: string, source: Queryable = this.db): Promise<Region[]> {
    return source.query<Region>(sql`
      SELECT ${REGION} FROM layout_regions AS region
      WHERE region.layout_id BETWEEN ${layoutId}::bigint AND ${layoutId}::bigint AND region.deleted_at IS NULL
      ORDER BY region.layout_id, region.deleted_at, region.id`);
  }

  /** Ids for regions that are to be made. */
  async reserveIds(count: number): Promise<string[]> {
    const rows = await this.db.query<{ id: string }>(sql`
      SELECT nextval(pg_get_serial_sequence('layout_regions', 'id'))::text AS id FROM generate_series(1, ${count}::int)`);
    return rows.map(({ id }) => id);
  }

  /**
   * Writes operations and what they do, by one statement: all of it, or nothing when the layout does not have the
   * version any more that they follow. False then. What is there is looked up one by one, and never joined: statistics
   * older than the rows would have all of them read.
   */
  async write(
    source: Queryable,
    { tenantId, layoutId, version }: WrittenLayout,
    operations: readonly NewOperation[],
  ): Promise<boolean> {
    const last = operations.at(-1);
    if (last === undefined) return true;
    const { placed, gone, takenBack } = outcomeOf(operations);
    const rows = await source.query(
      sql`
      WITH layout AS (
        UPDATE layouts SET version = ${last.layoutVersion}, last_operation = ${last.number}, updated_at = ${last.at}
        WHERE id = ${layoutId}::bigint AND tenant_id = ${tenantId}::bigint AND version = ${version}::bigint
          AND deleted_at IS NULL
        RETURNING id, tenant_id, updated_at
      ), placed AS (
        INSERT INTO layout_regions (id, layout_id, tenant_id, x, y, width, height, title, kind, content, version,
          created_by, created_at, updated_at)
        SELECT wish."regionId", layout.id, layout.tenant_id, wish.x, wish.y, wish.width, wish.height, wish.title,
          wish.kind, wish.content, wish.version, wish.actor, layout.updated_at, layout.updated_at
        FROM layout, jsonb_to_recordset(${JSON.stringify(placed)}::jsonb) AS wish ("regionId" bigint, x integer,
          y integer, width integer, height integer, title text, kind text, content jsonb, version bigint, actor text)
        ON CONFLICT (id) DO UPDATE SET x = excluded.x, y = excluded.y, width = excluded.width, height = excluded.height,
          title = excluded.title, kind = excluded.kind, content = excluded.content, version = excluded.version,
          updated_at = excluded.updated_at, deleted_at = NULL
        WHERE layout_regions.layout_id = excluded.layout_id
      ), gone AS (${markGone(gone, last.at)}
      ), step AS (
        SELECT layout.id AS layout_id, step.* FROM layout, jsonb_to_recordset(${JSON.stringify(operations)}::jsonb)
          AS step (number bigint, actor text, kind text, changes jsonb, "layoutVersion" bigint, "takesBack" bigint,
            at timestamptz)
      ), taken_back AS (${markTakenBack(takenBack)}
      )
      INSERT INTO layout_operations (layout_id, number, actor, kind, changes, layout_version, takes_back, at)
      SELECT layout_id, number, actor, kind, changes, "layoutVersion", "takesBack", at FROM step
      RETURNING number`,
      { prepareAs: 'layout-operations' },
    );
    return rows.length > 0;
  }
}

/** A layout, and the version of it that operations follow. */
export interface WrittenLayout {
  readonly tenantId: string;
  readonly layoutId: string;
  readonly version: number;
}

/** How each region is after all of the operations. */
function outcomeOf(operations: readonly NewOperation[]) {
  const outcomes = new Map(
    operations.flatMap(({ number, actor, changes }) =>
      changes.map(({ regionId, after }) => [regionId, { regionId, after, actor, version: number }] as const),
    ),
  );
  const all = [...outcomes.values()];
  return {
    placed: all.flatMap(({ after, ...rest }) => (after === null ? [] : [{ ...rest, ...after }])),
    /** Versions by id. */
    gone: Object.fromEntries(
      all.flatMap(({ after, regionId, version }) => (after === null ? [[regionId, version] as const] : [])),
    ),
    /** What took each back, by number. */
    takenBack: Object.fromEntries(
      operations.flatMap(({ number, takesBack }) =>
        takesBack === null ? [] : [[takesBack, number] as const],
      ),
    ),
  };
}

type VersionsById = Readonly<Record<string, number>>;

/** Needs `layout`. */
function markGone(gone: VersionsById, at: Date): SqlFragment {
  return sql`
        UPDATE layout_regions AS region
        SET deleted_at = ${at}, updated_at = ${at},
          version = (${JSON.stringify(gone)}::jsonb ->> region.id::text)::bigint
        WHERE region.ctid = ANY (ARRAY(
          SELECT found.ctid FROM layout CROSS JOIN unnest(${Object.keys(gone)}::bigint[]) AS wish (id)
          CROSS JOIN LATERAL (
            SELECT one.ctid FROM layout_regions AS one
            WHERE one.id BETWEEN wish.id AND wish.id AND one.layout_id = layout.id ORDER BY one.id LIMIT 1) AS found))`;
}

/** Needs `step`. */
function markTakenBack(takenBack: VersionsById): SqlFragment {
  return sql`
        UPDATE layout_operations AS other
        SET taken_back_by = (${JSON.stringify(takenBack)}::jsonb ->> other.number::text)::bigint
        WHERE other.ctid = ANY (ARRAY(
          SELECT found.ctid FROM step CROSS JOIN LATERAL (
            SELECT one.ctid FROM layout_operations AS one
            WHERE one.layout_id = step.layout_id AND one.number BETWEEN step."takesBack" AND step."takesBack"
            ORDER BY one.number LIMIT 1) AS found))`;
}
