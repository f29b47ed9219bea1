import { Injectable } from '@nestjs/common';
import { identifier, joinSql, sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { BatchColumn, BatchImporter, BatchTarget, BatchTransform } from '../targets/batch-target.js';

/** A condition of the registry with a client's value. */
export interface Condition {
  readonly column: string;
  readonly type: string;
  readonly comparison: '=' | '<' | '>=';
  readonly value: string;
}

/** Rows of one tenant, between two values of the walk column, that meet all conditions. */
export interface Selection {
  readonly tenantId: string;
  readonly conditions: readonly Condition[];
  /** Exclusive and inclusive. */
  readonly after: string;
  readonly upTo: string;
}

/** What a step along a selection did. */
export interface Step {
  /** The last value of the walk column that was looked at; undefined when nothing was left. */
  readonly last: string | undefined;
  /** Rows that were looked at. */
  readonly walked: number;
  /** Rows that were written. */
  readonly rows: number;
}

/** A column and what it becomes. */
export interface Assignment {
  readonly column: BatchColumn;
  readonly value: string | null;
}

/** The statements of batch jobs over tables of the registry. Names come from there; values are always parameters. */
@Injectable()
export class TableRepository {
  constructor(private readonly db: Database) {}

  /** @param file in COPY's binary format: the tenant, then `columns`. Answers how many rows there were. */
  copyInto(
    tx: Queryable,
    target: BatchTarget,
    columns: readonly BatchColumn[],
    file: Iterable<Buffer>,
  ): Promise<number> {
    const names = columnList([target.tenantColumn, ...columns.map(({ column }) => column)]);
    return tx.copyIn(sql`COPY ${identifier(target.table)} (${names}) FROM STDIN (FORMAT binary)`, file);
  }

  /** The same for rows that an importer made: `columns` alone. */
  copyImported(
    tx: Queryable,
    { table, columns }: Pick<BatchImporter, 'table' | 'columns'>,
    file: Iterable<Buffer>,
  ): Promise<number> {
    const names = columnList(columns.map(({ column }) => column));
    return tx.copyIn(sql`COPY ${identifier(table)} (${names}) FROM STDIN (FORMAT binary)`, file);
  }

  /** Puts rows into a table of the transaction's own, for the statements below. Answers how many there were. */
  async stage(
    tx: Queryable,
    target: BatchTarget,
    columns: readonly BatchColumn[],
    file: Iterable<Buffer>,
  ): Promise<number> {
    const staged = [target.tenantColumn, ...columns.map(({ column }) => column)];
    const typed = columns.map(({ column, type }) => sql`${identifier(column)} ${trustedSql(type)}`);
    await tx.query(sql`
      CREATE TEMPORARY TABLE batch_stage (
        ${identifier(target.tenantColumn)} bigint, ${joinSql(typed, ', ')}
      ) ON COMMIT DROP`);
    return tx.copyIn(sql`COPY batch_stage (${columnList(staged)}) FROM STDIN (FORMAT binary)`, file);
  }

  /**
   * Of records with the same key the last one counts: to find them costs more than to be told that there are some.
   * @throws SQLSTATE 21000 when there are, and `hasDuplicates` is false
   */
  upsertStaged(
    tx: Queryable,
    target: BatchTarget,
    columns: readonly BatchColumn[],
    hasDuplicates: boolean,
  ): Promise<number> {
    const names = columnList([target.tenantColumn, ...columns.map(({ column }) => column)]);
    const keys = columnList([target.tenantColumn, ...target.keyColumns]);
    const changed = columns.filter(({ column }) => !target.keyColumns.includes(column));
    const assignments = changed.map(
      ({ column }) => sql`${identifier(column)} = excluded.${identifier(column)}`,
    );
    const onConflict =
      changed.length === 0 ? sql`DO NOTHING` : sql`DO UPDATE SET ${joinSql(assignments, ', ')}`;
    return tx.execute(sql`
      INSERT INTO ${identifier(target.table)} (${names})
      SELECT ${names} FROM ${hasDuplicates ? newest(target) : sql`batch_stage`} AS staged
      ON CONFLICT (${keys}) ${onConflict}`);
  }

  /** Sets the columns that are no keys, where the keys match. */
  async updateStaged(tx: Queryable, target: BatchTarget, columns: readonly BatchColumn[]): Promise<number> {
    const changed = columnList(
      columns.filter(({ column }) => !target.keyColumns.includes(column)).map(({ column }) => column),
    );
    const keys = columnList([target.tenantColumn, ...target.keyColumns]);
    await tx.query(sql`CREATE INDEX ON batch_stage (${keys})`);
    return tx.execute(sql`
      UPDATE ${identifier(target.table)} AS kept SET (${changed}) = (
        SELECT ${changed} FROM batch_stage AS staged WHERE ${sameKeys(target)} ORDER BY staged.ctid DESC LIMIT 1)
      WHERE ${await this.hasStagedKeys(tx, target)}`);
  }

  async deleteStaged(tx: Queryable, target: BatchTarget): Promise<number> {
    return tx.execute(sql`
      DELETE FROM ${identifier(target.table)} AS kept WHERE ${await this.hasStagedKeys(tx, target)}`);
  }

  /**
   * Whether a row of `kept` has the keys of a staged record. The keys are sent as they are, and not joined: whatever
   * index the planner takes, it reads no row twice.
   */
  private async hasStagedKeys(tx: Queryable, target: BatchTarget): Promise<SqlFragment> {
    const keys = [target.tenantColumn, ...target.keyColumns].map(identifier);
    const textsOf = (alias: SqlFragment): SqlFragment =>
      joinSql(
        keys.map((key) => sql`${alias}.${key}::text`),
        ', ',
      );
    const wholeOf = (alias: SqlFragment) => sql`jsonb_build_array(${textsOf(alias)})::text`;
    const staged = await tx.query<{ parts: string[]; whole: string }>(sql`
      SELECT ARRAY[${textsOf(sql`staged`)}] AS parts, ${wholeOf(sql`staged`)} AS whole FROM batch_stage AS staged`);
    const conditions = keys.map((key, at) => {
      const type =
        target.columns.find(({ column }) => column === target.keyColumns[at - 1])?.type ?? 'bigint';
      return sql`kept.${key} = ANY (${[...new Set(staged.map(({ parts }) => parts[at]))]}::${trustedSql(type)}[])`;
    });
    if (target.keyColumns.length > 1)
      conditions.push(sql`${wholeOf(sql`kept`)} = ANY (${staged.map(({ whole }) => whole)}::text[])`);
    return joinSql(conditions, ' AND ');
  }

  updateWhere(tx: Queryable, target: BatchTarget, at: At, set: readonly Assignment[]) {
    const assignments = set.map(
      ({ column, value }) => sql`${identifier(column.column)} = ${value}::${trustedSql(column.type)}`,
    );
    return this.step(tx, target, at, update(target, at, joinSql(assignments, ', ')));
  }

  transformWhere(tx: Queryable, target: BatchTarget, at: At, transform: BatchTransform) {
    const change =
      'statement' in transform
        ? trustedSql(transform.statement)
        : update(target, at, trustedSql(transform.assignments));
    return this.step(tx, target, at, change);
  }

  deleteWhere(tx: Queryable, target: BatchTarget, at: At) {
    return this.step(
      tx,
      target,
      at,
      sql`DELETE FROM ${identifier(target.table)} AS kept WHERE ${isPicked(target, at)}`,
    );
  }

  /** Moves rows: in one statement, so that none is in both tables or in neither. */
  async archiveWhere(tx: Queryable, target: BatchTarget, at: At): Promise<Step> {
    const all = sql`*`;
    const moved = sql`
      moved AS (DELETE FROM ${identifier(target.table)} AS kept WHERE ${isPicked(target, at)} RETURNING kept.${all}),
      written AS (INSERT INTO ${identifier(target.archiveTable ?? '')} SELECT * FROM moved RETURNING 1)`;
    return this.run(tx, target, at, moved);
  }

  /** How many rows a selection has, and between which values of the walk column. */
  async extentOf(target: BatchTarget, { tenantId, conditions }: Selection) {
    const walk = identifier(target.walkColumn);
    const [row] = await this.db.query<{ total: number; first: string | null; last: string | null }>(sql`
      SELECT count(*)::float8 AS total, (min(${walk}) - 1)::text AS first, max(${walk})::text AS last
      FROM ${identifier(target.table)} AS kept
      WHERE ${identifier(target.tenantColumn)} = ${tenantId} ${where(conditions)}`);
    return { total: row?.total ?? 0, first: row?.first ?? '0', last: row?.last ?? '0' };
  }

  private step(tx: Queryable, target: BatchTarget, at: At, change: SqlFragment): Promise<Step> {
    return this.run(tx, target, at, sql`written AS (${change} RETURNING 1)`);
  }

  private async run(
    tx: Queryable,
    target: BatchTarget,
    { from, size }: At,
    change: SqlFragment,
  ): Promise<Step> {
    const walk = identifier(target.walkColumn);
    const [row] = await tx.query<{ last: string | null; walked: number; rows: number }>(sql`
      WITH page AS MATERIALIZED (
        SELECT ${walk} AS walked FROM ${identifier(target.table)} AS kept
        WHERE ${identifier(target.tenantColumn)} = ${from.tenantId}
          AND ${walk} > ${from.after}::bigint AND ${walk} <= ${from.upTo}::bigint ${where(from.conditions)}
        ORDER BY ${walk} LIMIT ${size}
      ), ${change}
      SELECT (SELECT max(walked)::text FROM page) AS last, (SELECT count(*)::integer FROM page) AS walked,
        (SELECT count(*)::integer FROM written) AS rows`);
    return { last: row?.last ?? undefined, walked: row?.walked ?? 0, rows: row?.rows ?? 0 };
  }
}

/** Where a step begins, and how far it goes. */
export interface At {
  readonly from: Selection;
  readonly size: number;
}

function columnList(names: readonly string[]): SqlFragment {
  return joinSql(names.map(identifier), ', ');
}

/** Of staged records with the same key the last one: they lie in the order in which they came. */
function newest(target: BatchTarget): SqlFragment {
  const keys = columnList([target.tenantColumn, ...target.keyColumns]);
  return sql`(SELECT DISTINCT ON (${keys}) * FROM batch_stage ORDER BY ${keys}, ctid DESC)`;
}

function sameKeys(target: BatchTarget): SqlFragment {
  const keys = [target.tenantColumn, ...target.keyColumns].map(identifier);
  return joinSql(
    keys.map((key) => sql`kept.${key} = staged.${key}`),
    ' AND ',
  );
}

function where(conditions: readonly Condition[]): SqlFragment {
  const each = conditions.map(
    ({ column, type, comparison, value }) =>
      sql`AND kept.${identifier(column)} ${trustedSql(comparison)} ${value}::${trustedSql(type)}`,
  );
  return each.length === 0 ? sql`` : joinSql(each, ' ');
}

function update(target: BatchTarget, at: At, assignments: SqlFragment): SqlFragment {
  return sql`UPDATE ${identifier(target.table)} AS kept SET ${assignments} WHERE ${isPicked(target, at)}`;
}

/**
 * The rows of the page, as a range and not by a join: for a tenant that the planner's statistics do not know it expects
 * one row, and would read all rows of the tenant for each row of the page.
 * Tenant and conditions once more: a row that was changed meanwhile is looked at again, and may not be meant any more.
 */
function isPicked(target: BatchTarget, { from }: At): SqlFragment {
  const walk = identifier(target.walkColumn);
  return sql`kept.${walk} > ${from.after}::bigint AND kept.${walk} <= (SELECT max(walked) FROM page)
    AND kept.${identifier(target.tenantColumn)} = ${from.tenantId} ${where(from.conditions)}`;
}
