import type { KeyFacts } from './facts.js';
import type { OrderKey, Scan, StatementModel, Tree } from './model/tree.js';
import { isLocal } from './model/tree-walk.js';
import type { Key } from './plan/qualifier.js';

/** Widest key that always fits a page of a b-tree with others. */
const WIDEST_KEY_BYTES = 600;

/** The key of an index for a column or expression; none for types without an order. */
export function keyFacts(scan: Scan, key: Key, opclass?: string): KeyFacts[] {
  if (key.column !== undefined && !isKeyColumn(scan, key.column)) return [];
  const name = key.column === undefined ? { expression: key.expression ?? key.id } : { column: key.column };
  return [{ ...name, isDescending: false, isNullsFirst: false, ...(opclass !== undefined && { opclass }) }];
}

function isKeyColumn({ table }: Scan, name: string): boolean {
  const column = table.columns.get(name);
  return column !== undefined && column.isOrderable && column.widthBytes <= WIDEST_KEY_BYTES;
}

export function withoutRepeats(keys: readonly KeyFacts[]): KeyFacts[] {
  const seen = new Set<string>();
  return keys.filter(({ column, expression }) => {
    const id = column ?? expression ?? '';
    return !seen.has(id) && seen.add(id).size > 0;
  });
}

/** Orders of the statement, as far as this table alone gives them. */
export function ordersOf(scan: Scan, model: StatementModel): KeyFacts[][] {
  return ordersIn(model.tree).flatMap((order) => {
    const own: KeyFacts[] = [];
    for (const key of order) {
      if (!key.id.startsWith(`${scan.alias}.`)) break;
      const [known] = [model.keys.get(key.id)].flatMap((found) =>
        found === undefined ? [] : keyFacts(scan, found),
      );
      if (known === undefined) break;
      own.push({ ...known, isDescending: key.isDescending, isNullsFirst: key.isNullsFirst });
    }
    const free = own.filter(({ column }) => !isFixed(scan, column));
    return free.length === 0 ? [] : [plainest(free)];
  });
}

function isFixed(scan: Scan, column: string | undefined): boolean {
  return scan.qualifiers.some(
    (one) => one.kind === 'equal' && one.values === 1 && isLocal(one, scan) && one.keys[0]?.column === column,
  );
}

function ordersIn(tree: Tree): (readonly OrderKey[])[] {
  const nested = tree.subSelects.flatMap(({ tree: select }) => ordersIn(select));
  switch (tree.kind) {
    case 'scan':
      return nested;
    case 'join':
      return [...nested, ...ordersIn(tree.left), ...ordersIn(tree.right)];
    case 'other':
      return [...nested, ...tree.inputs.flatMap(ordersIn)];
    case 'limit':
      return [...nested, ...ordersIn(tree.input)];
    case 'sort':
      return [tree.keys, ...nested, ...ordersIn(tree.input)];
    case 'group':
      return [...orderOfGroup(tree), ...nested, ...ordersIn(tree.input)];
  }
}

function orderOfGroup({ keys, extremes }: Tree & { readonly kind: 'group' }): (readonly OrderKey[])[] {
  const ascending = keys.map((key) => ({ ...key, isDescending: false, isNullsFirst: false }));
  return [
    ...(keys.length > 0 ? [ascending] : []),
    ...extremes.map(({ id }) => [{ id, isDescending: false, isNullsFirst: false }]),
  ];
}

/** Indexes are read backwards, too: the usual directions where they do. */
function plainest(keys: readonly KeyFacts[]): KeyFacts[] {
  const isUsual = keys.every(({ isDescending, isNullsFirst }) => isDescending && isNullsFirst);
  return keys.map((key) => (isUsual ? { ...key, isDescending: false, isNullsFirst: false } : key));
}

/** Columns that joins make equal to others. */
export function joinKeysOf(scan: Scan, tree: Tree): KeyFacts[] {
  const nested = tree.subSelects.flatMap(({ tree: select }) => joinKeysOf(scan, select));
  if (tree.kind === 'scan') return nested;
  if (tree.kind === 'other') return [...nested, ...tree.inputs.flatMap((input) => joinKeysOf(scan, input))];
  if (tree.kind !== 'join') return [...nested, ...joinKeysOf(scan, tree.input)];
  const here = tree.clauses
    .flatMap(({ left, right }) => [left, right])
    .filter(({ alias }) => alias === scan.alias)
    .flatMap(({ column }) =>
      keyFacts(
        scan,
        scan.table.columns.has(column) ? { id: column, column } : { id: column, expression: column },
      ),
    );
  return withoutRepeats([
    ...here,
    ...nested,
    ...joinKeysOf(scan, tree.left),
    ...joinKeysOf(scan, tree.right),
  ]);
}
