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

/** Where a search of all layouts goes on. */
interface Reach {
  /** Id of the last region before. */
  readonly after: string;
  readonly limit: number;
  /** Regions that are looked at. */
  readonly most: number;
}

/** What was found, and the last region that was looked at; undefined: that was enough, or no more follow. */
interface Look {
  readonly regions: readonly FoundRegion[];
  readonly end: string | undefined;
}

/** Regions that a search of all layouts looks at, one by one, before it knows how common is what is looked for. */
const LOOKED_AT_FIRST = 2_000;
/** The fewest that it looks at after that, in 3 ms: what is alike stands together, and the first ones say too little. */
const LOOKED_AT_NEXT = 8_000;
/** Looking at more costs more than the index of words does; and regions that one statement looks at. */
const LOOKED_AT = 20_000;
/** Regions that show which of some words is the rarest. */
const SAMPLE = 1_000;
/** More than are expected to be enough. */
const SPARE = 2;
/** More that have the words are not put in order: such a search goes on looking at one after the other. */
const MOST_FOUND = 10_000;

const REGION = sql`
  region.layout_id AS "layoutId", region.id, region.x, region.y, region.width, region.height, region.title,
  region.kind, region.content, region.version::float8 AS version`;

/** Looked up one by one: a join could be one with all layouts. */
const IS_IN_LAYOUT = sql`(SELECT layout.deleted_at IS NULL FROM layouts AS layout WHERE layout.id = region.layout_id)`;

/** Regions by what is in them. */
@Injectable()
export class RegionSearchRepository {
  constructor(private readonly db: Database) {}

  /** By id; the cursor is the id of the last one before. */
  async find(filter: RegionFilter, { limit, cursor = '0' }: PageRequest): Promise<Page<FoundRegion>> {
    const reach = { after: cursor, limit: limit + 1, most: LOOKED_AT_FIRST };
    const rows =
      filter.layoutId === undefined
        ? await this.everywhere(filter, reach)
        : await this.within(filter.layoutId, filter, reach);
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** Looks at all regions of the layout, whatever is asked. The order keeps other indexes out of it. */
  private within(layoutId: string, filter: RegionFilter, { after, limit }: Reach): Promise<FoundRegion[]> {
    return this.db.read<FoundRegion>(sql`
      SELECT ${REGION} FROM (
        SELECT * FROM layout_regions
        WHERE layout_id BETWEEN ${layoutId}::bigint AND ${layoutId}::bigint AND deleted_at IS NULL
        ORDER BY layout_id, deleted_at, id OFFSET 0
      ) AS region
      WHERE region.tenant_id = ${filter.tenantId}::bigint AND region.id > ${after}::bigint
        AND ${IS_IN_LAYOUT} ${conditionsOf(filter)}
      ORDER BY region.id LIMIT ${limit}::int`);
  }

  /**
   * What is common is found at once by looking at one region after the other; what is rare, by the index of words,
   * which would read all that is common. How common it is shows while looking.
   */
  private async everywhere(filter: RegionFilter, reach: Reach): Promise<FoundRegion[]> {
    const found: FoundRegion[] = [];
    let [after, looked, isIndexed] = [reach.after, 0, (filter.words ?? []).length > 0];
    for (;;) {
      const limit = reach.limit - found.length;
      const ahead = looked === 0 ? 0 : (looked / found.length) * limit;
      if (isIndexed && ahead > LOOKED_AT) {
        const rest = await this.byWords(filter, { after, limit, most: SAMPLE });
        if (rest !== undefined) return [...found, ...rest];
        isIndexed = false;
      }
      const most = looked === 0 ? LOOKED_AT_FIRST : next(ahead);
      const look = await this.lookThrough(filter, { after, limit, most });
      found.push(...look.regions);
      if (look.end === undefined) return found;
      after = look.end;
      looked += most;
    }
  }

  /**
   * Those among the next regions of the tenant. The end is looked for when they are not enough, by the same statement:
   * between two, regions that come and go would move it.
   */
  private async lookThrough(filter: RegionFilter, { after, limit, most }: Reach): Promise<Look> {
    const rows = await this.db.read<FoundRegion & { readonly isEnd: boolean }>(sql`
      SELECT looked.* FROM (
        (SELECT ${REGION}, false AS "isEnd" FROM (${nextOf(filter, after)} LIMIT ${most}::int) AS region
          WHERE ${IS_IN_LAYOUT} ${conditionsOf(filter)}
          ORDER BY ${orderOf(filter)} LIMIT ${limit}::int)
        UNION ALL
        (SELECT ${REGION}, true FROM (${nextOf(filter, after)} OFFSET ${most - 1}::int LIMIT 1) AS region)
      ) AS looked LIMIT ${limit}::int`);
    return {
      regions: rows.flatMap((region) => (region.isEnd ? [] : [regionOf(region, region.id)])),
      end: rows.find(({ isEnd }) => isEnd)?.id,
    };
  }

  /**
   * All that follow; undefined when they are too many to be put in order. The index has the words of each tenant apart,
   * and is asked for the rarest one; 0 and coalesce keep other indexes out of it.
   */
  private async byWords(filter: RegionFilter, reach: Reach): Promise<FoundRegion[] | undefined> {
    const { tenantId } = filter;
    const { after, limit } = reach;
    const rarest = await this.rarestWord(filter, reach);
    const rows = await this.db.read<Picked>(sql`
      WITH found AS MATERIALIZED (
        SELECT region.id, region.layout_id FROM layout_regions AS region
        WHERE tenant_words(region.tenant_id, region.words) @@ tenant_words(${tenantId}::bigint, ${questionFor(rarest)})
          AND region.tenant_id + 0 = ${tenantId}::bigint AND region.id + 0 > ${after}::bigint
          AND coalesce(region.deleted_at IS NULL, true) ${conditionsOf(filter)} LIMIT ${MOST_FOUND}::int
      )
      SELECT counted.found, ${REGION} FROM (SELECT count(*)::int AS found FROM found) AS counted
      LEFT JOIN LATERAL (
        SELECT one.* FROM (
          SELECT region.id FROM (SELECT * FROM found ORDER BY id OFFSET 0) AS region
          WHERE ${IS_IN_LAYOUT} LIMIT ${limit}::int
        ) AS picked CROSS JOIN LATERAL (
          SELECT * FROM layout_regions WHERE id BETWEEN picked.id AND picked.id ORDER BY id LIMIT 1) AS one
      ) AS region ON true
      ORDER BY region.id`);
    if ((rows[0]?.found ?? 0) === MOST_FOUND) return undefined;
    return rows.flatMap((region) => (region.id === null ? [] : [regionOf(region, region.id)]));
  }

  /**
   * By the regions that come next: one that they do not have is rare. Of those, the longest says most. Signs alone are no
   * word, and ask for nothing.
   */
  private async rarestWord(
    { words = [], ...filter }: RegionFilter,
    { after, most }: Reach,
  ): Promise<readonly string[]> {
    if (words.length === 1) return words;
    const counts = words.map((word) => {
      const question = questionFor([word]);
      return sql`CASE WHEN numnode(${question}) > 0 THEN count(*) FILTER (WHERE region.words @@ ${question}) END`;
    });
    const [row] = await this.db.read<{ counts: readonly (number | null)[] }>(sql`
      SELECT ARRAY[${joinSql(counts, ', ')}]::int[] AS counts FROM (${nextOf(filter, after)} LIMIT ${most}::int) AS region`);
    const countOf = (word: string): number => row?.counts[words.indexOf(word)] ?? Infinity;
    const least = Math.min(...words.map(countOf));
    const rarest = words.filter((word) => countOf(word) === least);
    return rarest.sort((one, other) => other.length - one.length).slice(0, 1);
  }
}

/** A region that was found, or none, with how many were. */
interface Picked extends Omit<FoundRegion, 'id'> {
  readonly id: string | null;
  readonly found: number;
}

function regionOf(
  { layoutId, x, y, width, height, title, kind, content, version }: Omit<FoundRegion, 'id'>,
  id: string,
): FoundRegion {
  return { layoutId, id, x, y, width, height, title, kind, content, version };
}

/** The tenant's regions in order, by the index that has this order: no other one fits, whatever the statistics say. */
function nextOf({ tenantId, kind, ...filter }: RegionFilter, after: string): SqlFragment {
  const begin =
    kind === undefined
      ? sql`(region.tenant_id, region.id) > (${tenantId}::bigint, ${after}::bigint)
          AND region.tenant_id <= ${tenantId}::bigint`
      : sql`(region.tenant_id, region.kind, region.id) > (${tenantId}::bigint, ${kind}, ${after}::bigint)
          AND (region.tenant_id, region.kind) <= (${tenantId}::bigint, ${kind})`;
  return sql`
    SELECT region.* FROM layout_regions AS region WHERE ${begin} AND region.deleted_at IS NULL
    ORDER BY ${orderOf({ tenantId, kind, ...filter })}`;
}

function orderOf({ kind }: RegionFilter): SqlFragment {
  return kind === undefined
    ? sql`region.tenant_id, region.id`
    : sql`region.tenant_id, region.kind, region.id`;
}

function conditionsOf({ kind, words = [] }: RegionFilter): SqlFragment {
  const conditions = [
    ...(kind === undefined ? [] : [sql`AND region.kind = ${kind}`]),
    ...(words.length === 0 ? [] : [sql`AND region.words @@ ${questionFor(words)}`]),
  ];
  return joinSql(conditions, ' ');
}

function next(ahead: number): number {
  return Math.min(LOOKED_AT, Math.max(LOOKED_AT_NEXT, Math.ceil(ahead * SPARE)));
}

/** Quoted, so that signs in words are no operators. */
function questionFor(words: readonly string[]): SqlFragment {
  const quoted = words.map((word) => `'${word.replace(/['\\]/g, '$&$&')}':*`);
  return sql`to_tsquery('simple', ${quoted.join(' & ')})`;
}
