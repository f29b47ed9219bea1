import { Injectable } from '@nestjs/common';
import type { Page, PageRequest } from '../../kernel/page.js';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Operation, OperationOutline } from './operation.js';

/** An operation with whose it is. */
export interface LayoutOperation extends Operation {
  readonly layoutId: string;
  readonly tenantId: string;
}

/** A layout apart from its regions. */
export interface LayoutHead {
  readonly layoutId: string;
  /** Of its latest operation; 0 before the first. */
  readonly number: number;
  readonly layoutVersion: number;
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
}

const HEAD = sql`
  operation.number::float8 AS number, operation.actor, operation.kind,
  operation.layout_version::float8 AS "layoutVersion", operation.takes_back::float8 AS "takesBack",
  operation.taken_back_by::float8 AS "takenBackBy", operation.at`;

const OPERATION = sql`
  operation.layout_id AS "layoutId", layout.tenant_id AS "tenantId", ${HEAD}, operation.changes`;

/** JSON null is no object, and nothing can be taken out of it. */
const OUTLINES = sql`
  (SELECT jsonb_agg(jsonb_build_object('regionId', change -> 'regionId',
      'before', CASE jsonb_typeof(change -> 'before') WHEN 'object' THEN (change -> 'before') - 'content' END,
      'after', CASE jsonb_typeof(change -> 'after') WHEN 'object' THEN (change -> 'after') - 'content' END,
      'isContentChanged', change -> 'before' -> 'content' IS DISTINCT FROM change -> 'after' -> 'content'))
    FROM jsonb_array_elements(operation.changes) AS change)`;

/** Of operations that a page of history is made of. */
const MOST_LISTED_BYTES = 2 * 1_024 * 1_024;

interface Outlined {
  /** Null when a page is large enough without it. */
  readonly changes: OperationOutline['changes'] | null;
}

/** Whose step is looked for. */
export interface StepFilter {
  readonly layoutId: string;
  readonly actor: string;
  readonly before?: number | undefined;
}

/** What was done to layouts. Written with the regions themselves, by RegionRepository. */
@Injectable()
export class OperationRepository {
  constructor(private readonly db: Database) {}

  /** The first of a layout after `number`, by number: fewer than `limit` when they are large, but one at least. */
  async since(
    layoutId: string,
    number: number,
    { limit, mostBytes }: { readonly limit: number; readonly mostBytes: number },
  ): Promise<{ readonly operations: readonly LayoutOperation[]; readonly isMore: boolean }> {
    const rows = await this.db.read<LayoutOperation & { readonly found: number }>(sql`
      SELECT operation.found, ${OPERATION}
      FROM layouts AS layout CROSS JOIN LATERAL (
        SELECT other.*, count(*) OVER ()::int AS found, row_number() OVER after AS place,
          sum(other.bytes) OVER after - other.bytes AS bytes_before
        FROM (
          SELECT * FROM layout_operations AS one
          WHERE (one.layout_id, one.number) > (layout.id, ${number}::bigint) AND one.layout_id <= layout.id
          ORDER BY one.layout_id, one.number LIMIT ${limit + 1}::int) AS other
        WINDOW after AS (ORDER BY other.number)) AS operation
      WHERE layout.id = ${layoutId}::bigint AND operation.place <= ${limit}::int
        AND operation.bytes_before < ${mostBytes}::bigint
      ORDER BY operation.number`);
    return { operations: rows, isMore: (rows[0]?.found ?? 0) > rows.length };
  }

  /** Numbers of the latest operations of the layouts that are there, and what these are. */
  latest(layoutIds: readonly string[]): Promise<LayoutHead[]> {
    return this.db.read<LayoutHead>(sql`
      SELECT layout.id AS "layoutId", layout.last_operation::float8 AS number, layout.version::float8 AS "layoutVersion",
        layout.name, layout.grid_columns AS columns, layout.grid_rows AS rows FROM layouts AS layout
      WHERE layout.id = ANY (${layoutIds}::bigint[]) AND layout.deleted_at IS NULL`);
  }

  /** Newest first, fewer than `limit` when they are large; the cursor is the number of the last one before. */
  async list(
    layoutId: string,
    { limit, cursor, actor }: PageRequest & { readonly actor?: string | undefined },
  ): Promise<Page<OperationOutline>> {
    const before = cursor === undefined ? sql`` : sql`AND operation.number < ${cursor}::bigint`;
    const own = actor === undefined ? sql`` : sql`AND operation.actor = ${actor}`;
    const rows = await this.db.read<Omit<OperationOutline, 'changes'> & Outlined>(sql`
      SELECT ${HEAD},
        CASE WHEN operation.bytes_before < ${MOST_LISTED_BYTES}::bigint THEN coalesce(${OUTLINES}, '[]') END AS changes
      FROM (
        SELECT one.*, sum(one.bytes) OVER (ORDER BY one.number DESC) - one.bytes AS bytes_before
        FROM (
          SELECT * FROM layout_operations AS operation
          WHERE operation.layout_id = ${layoutId}::bigint ${before} ${own}
          ORDER BY operation.number DESC LIMIT ${limit + 1}::int) AS one) AS operation
      ORDER BY operation.number DESC`);
    const items = rows
      .slice(0, limit)
      .flatMap(({ changes, ...head }) => (changes === null ? [] : [{ ...head, changes }]));
    const last = items.at(-1);
    const isMore = rows.length > items.length;
    return { items, nextCursor: isMore && last !== undefined ? String(last.number) : null };
  }

  /** The newest own operation that is no undo and was not taken back. */
  async undoable(source: Queryable, { layoutId, actor, before }: StepFilter): Promise<Operation | undefined> {
    const older = before === undefined ? sql`` : sql`AND operation.number < ${before}::bigint`;
    const [operation] = await source.query<Operation>(sql`
      SELECT ${HEAD}, operation.changes FROM layout_operations AS operation
      WHERE operation.layout_id = ${layoutId}::bigint AND operation.actor = ${actor} ${older}
        AND operation.kind <> 'undo' AND operation.taken_back_by IS NULL
      ORDER BY operation.number DESC LIMIT 1`);
    return operation;
  }

  /** The newest own undo that was not taken back, when only undo and redo came after it: looks no further back. */
  async redoable(
    source: Queryable,
    { layoutId, actor }: Omit<StepFilter, 'before'>,
  ): Promise<Operation | undefined> {
    const [operation] = await source.query<Operation>(sql`
      SELECT ${HEAD}, operation.changes FROM layout_operations AS operation
      WHERE operation.layout_id = ${layoutId}::bigint AND operation.actor = ${actor}
        AND operation.kind = 'undo' AND operation.taken_back_by IS NULL
        AND operation.number > coalesce((
          SELECT other.number FROM layout_operations AS other
          WHERE other.layout_id = ${layoutId}::bigint AND other.actor = ${actor} AND other.kind NOT IN ('undo', 'redo')
          ORDER BY other.number DESC LIMIT 1), 0)
      ORDER BY operation.number DESC LIMIT 1`);
    return operation;
  }
}
