import type { IndexShape, KeyFacts, TableFacts } from './facts.js';
import { quoteName } from './plan/print.js';

const LONGEST_NAME = 63;

/** The table as statements name it: with its schema where that is not searched. */
export function tableName({ schema, name, isVisible }: TableFacts): string {
  return isVisible ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}

/** Name of a new index: table and columns, as PostgreSQL itself names them. */
export function indexName(table: TableFacts, { keys }: IndexShape): string {
  const parts = keys.map(
    ({ column, expression }) =>
      column ?? expression?.replaceAll(/\W+/g, '_').replaceAll(/^_+|_+$/g, '') ?? 'expr',
  );
  const full = `${table.name}_${parts.join('_')}_idx`;
  const taken = new Set(table.indexes.map(({ name }) => name));
  const fitting = cut(full, LONGEST_NAME);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? fitting : `${cut(fitting, LONGEST_NAME - 4)}_${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Names are limited in bytes. */
function cut(name: string, bytes: number): string {
  let shorter = name;
  while (Buffer.byteLength(shorter) > bytes) shorter = shorter.slice(0, -1);
  return shorter;
}

/** CREATE INDEX of a shape. */
export function ddlOf(
  table: TableFacts,
  shape: IndexShape,
  { isConcurrent }: { readonly isConcurrent: boolean },
): string {
  const method = shape.method === 'btree' ? '' : ` USING ${shape.method}`;
  const include = shape.include.length === 0 ? '' : ` INCLUDE (${shape.include.map(quoteName).join(', ')})`;
  const where = shape.predicate === undefined ? '' : ` WHERE ${shape.predicate}`;
  const how = isConcurrent ? 'CREATE INDEX CONCURRENTLY' : 'CREATE INDEX';
  const name = quoteName(indexName(table, shape));
  return `${how} ${name} ON ${tableName(table)}${method} (${shape.keys.map(printKey).join(', ')})${include}${where}`;
}

function printKey({ column, expression, opclass, isDescending, isNullsFirst }: KeyFacts): string {
  const what = column === undefined ? `(${expression ?? ''})` : quoteName(column);
  const nulls = isNullsFirst === isDescending ? '' : isNullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${what}${opclass === undefined ? '' : ` ${opclass}`}${isDescending ? ' DESC' : ''}${nulls}`;
}
