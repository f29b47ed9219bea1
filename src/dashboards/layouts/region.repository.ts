import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
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
      WHERE region.layout_id = ${layoutId}::bigint AND region.deleted_at IS NULL ORDER BY region.id`);
  }

  /** Ids for regions that are to be made. */
  async reserveIds(transaction: Queryable, count: number): Promise<string[]> {
    if (count === 0) return [];
    const rows = await transaction.query<{ id: string }>(sql`
      SELECT nextval(pg_get_serial_sequence('layout_regions', 'id'))::text AS id FROM generate_series(1, ${count}::int)`);
    return rows.map(({ id }) => id);
  }

  /**
   * Writes an operation and what it does, in one statement. The layout must be locked. Answers the operation's number,
   * which is the version of every region it changed, and the layout's version.
   */
  async write(
    transaction: Queryable,
    { tenantId, layoutId }: { readonly tenantId: string; readonly layoutId: string },
    { actor, kind, changes, takesBack, at }: NewOperation,
  ): Promise<{ readonly number: number; readonly layoutVersion: number }> {
    const placed = changes.flatMap(({ regionId, after }) => (after === null ? [] : [{ regionId, ...after }]));
    const gone = changes.filter(({ after }) => after === null).map(({ regionId }) => regionId);
    const [row] = await transaction.query<{ number: number; layoutVersion: number }>(sql`
      WITH layout AS (
        UPDATE layouts SET version = version + 1, last_operation = last_operation + 1, updated_at = ${at}
        WHERE id = ${layoutId}::bigint RETURNING id, version, last_operation
      ), placed AS (
        INSERT INTO layout_regions (id, layout_id, tenant_id, x, y, width, height, title, kind, content, version,
          created_by, created_at, updated_at)
        SELECT wish."regionId", layout.id, ${tenantId}::bigint, wish.x, wish.y, wish.width, wish.height, wish.title,
          wish.kind, wish.content, layout.last_operation, ${actor}, ${at}::timestamptz, ${at}::timestamptz
        FROM layout, jsonb_to_recordset(${JSON.stringify(placed)}::jsonb) AS wish ("regionId" bigint, x integer,
          y integer, width integer, height integer, title text, kind text, content jsonb)
        ON CONFLICT (id) DO UPDATE SET x = excluded.x, y = excluded.y, width = excluded.width, height = excluded.height,
          title = excluded.title, kind = excluded.kind, content = excluded.content, version = excluded.version,
          updated_at = excluded.updated_at, deleted_at = NULL
        WHERE layout_regions.layout_id = excluded.layout_id
      ), gone AS (
        UPDATE layout_regions AS region SET deleted_at = ${at}, updated_at = ${at}, version = layout.last_operation
        FROM layout WHERE region.layout_id = layout.id AND region.id = ANY (${gone}::bigint[])
      ), taken_back AS (
        UPDATE layout_operations AS other SET taken_back_by = layout.last_operation
        FROM layout WHERE other.layout_id = layout.id AND other.number = ${takesBack}::bigint
      )
      INSERT INTO layout_operations (layout_id, number, actor, kind, changes, layout_version, takes_back, at)
      SELECT id, last_operation, ${actor}, ${kind}, ${JSON.stringify(changes)}::jsonb, version, ${takesBack}::bigint,
        ${at}::timestamptz
      FROM layout
      RETURNING number::float8 AS number, layout_version::float8 AS "layoutVersion"`);
    if (row === undefined) throw new TypeError('a layout that is locked is there');
    return row;
  }
}
