import { Injectable } from '@nestjs/common';
import { type Page, pageOf, type PageRequest } from '../../kernel/page.js';
import { joinSql, sql, type SqlFragment } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import type { Region } from './region.js';

/** A region with the layout it is in. */
export interface FoundRegion extends Region {
  readonly layoutId: string;
}

/** Which regions are looked for. */
export interface RegionFilter {
  readonly tenantId: string;
  readonly layoutId?: string | undefined;
  readonly kind?: string | undefined;
  /** What each of some words of the region begins with. */
  readonly words?: readonly string[] | undefined;
}

/** Regions of a tenant that have the words: more are not put in order. */
const MOST_FOUND = 10_000;

/** Regions by what is in them. */
@Injectable()
export class RegionSearchRepository {
  constructor(private readonly db: Database) {}

  /** By id; the cursor is the id of the last one before. */
  async find(filter: RegionFilter, { limit, cursor }: PageRequest): Promise<Page<FoundRegion>> {
    const after = cursor === undefined ? sql`` : sql`AND region.id > ${cursor}::bigint`;
    const rows = await this.db.read<FoundRegion>(sql`
      WITH region AS ${isWide(filter) ? sql`MATERIALIZED` : sql`NOT MATERIALIZED`} (
        SELECT region.* FROM layout_regions AS region
        WHERE ${conditionsOf(filter)} ${after} ${isWide(filter) ? sql`LIMIT ${MOST_FOUND}::int` : sql``}
      )
      SELECT region.layout_id AS "layoutId", region.id, region.x, region.y, region.width, region.height, region.title,
        region.kind, region.content, region.version::float8 AS version
      FROM region JOIN layouts AS layout ON layout.id = region.layout_id AND layout.deleted_at IS NULL
      ORDER BY region.id LIMIT ${limit + 1}::int`);
    return pageOf(rows, limit, ({ id }) => id);
  }
}

/** Words in all of a tenant's layouts: walking by id until enough are found could walk over all there are. */
function isWide({ layoutId, words = [] }: RegionFilter): boolean {
  return layoutId === undefined && words.length > 0;
}

function conditionsOf({ tenantId, layoutId, kind, words = [] }: RegionFilter): SqlFragment {
  const conditions = [
    sql`region.tenant_id = ${tenantId}::bigint AND region.deleted_at IS NULL`,
    ...(layoutId === undefined ? [] : [sql`region.layout_id = ${layoutId}::bigint`]),
    ...(kind === undefined ? [] : [sql`region.kind = ${kind}`]),
    ...(words.length === 0 ? [] : [sql`region.words @@ to_tsquery('simple', ${queryOf(words)})`]),
  ];
  return joinSql(conditions, ' AND ');
}

/** Quoted, so that signs in words are no operators. */
function queryOf(words: readonly string[]): string {
  return words.map((word) => `'${word.replace(/['\\]/g, '$&$&')}':*`).join(' & ');
}
