import {
  type CatalogFacts,
  distinctValues,
  type IndexShape,
  type KeyFacts,
  type TableFacts,
} from './facts.js';
import type { Estimates } from './model/estimates.js';
import type { Scan, StatementModel } from './model/tree.js';
import { isLocal } from './model/tree-walk.js';
import { joinKeysOf, keyFacts, ordersOf, withoutRepeats } from './candidate-keys.js';
import { predicateFor } from './partial.js';
import type { Qualifier } from './plan/qualifier.js';

/** An index that may help, on a table that it may be created on. */
export interface Candidate {
  /** Partitions get theirs by the partitioned table above them. */
  readonly table: TableFacts;
  readonly shape: IndexShape;
  /** It finds rows by a condition; others only have an order, or are smaller than the table. */
  readonly isSelective: boolean;
}

const SYSTEM_SCHEMA = /^(pg_|information_schema$)/;
/** Tables this small are read whole in no time. */
const SMALL_PAGES = 10;
const SMALL_ROWS = 500;
/** Of keys with one value each; more would give too many subsets, and the first ones leave few rows. */
const MOST_EQUALITIES = 4;
const MOST_RANGES = 3;
const MOST_KEYS = 4;
const MOST_INCLUDED_BYTES = 64;
const MOST_INCLUDED = 4;
const PARTIAL_SHARE = 0.1;

/** What a scan asks of an index, by column. */
interface Needs {
  readonly equal: readonly KeyFacts[];
  readonly ranges: readonly KeyFacts[];
  readonly rows: readonly (readonly KeyFacts[])[];
  readonly orders: readonly (readonly KeyFacts[])[];
  readonly joins: readonly KeyFacts[];
}

/** All indexes worth a thought for the statement. */
export function candidatesOf(model: StatementModel, estimates: Estimates, facts: CatalogFacts): Candidate[] {
  const found = model.scans
    .filter(({ table }) => isWorthwhile(table))
    .flatMap((scan) => {
      const table = facts.tables.get(scan.table.rootOid ?? '') ?? scan.table;
      return shapesFor(scan, model, estimates).map((shape) => ({
        table,
        shape,
        isSelective: isSelective(scan, model, shape),
      }));
    });
  const distinct = new Map(found.map((one) => [`${one.table.oid} ${idOfShape(one.shape)}`, one]));
  return [...distinct.values()].filter(({ table, shape }) => !isCoveredBy(table, shape));
}

function isSelective(scan: Scan, model: StatementModel, { keys, method, predicate }: IndexShape): boolean {
  const [first] = keys;
  const id = first?.column ?? first?.expression;
  const conditions = scan.qualifiers.flatMap((one) => [one, ...one.arms.flat()]);
  const asked = conditions
    .filter(({ kind }) => kind !== 'other' && kind !== 'not-null')
    .flatMap((one) => one.keys);
  const joined = joinKeysOf(scan, model.tree).map(({ column, expression }) => column ?? expression);
  return (
    method !== 'btree' || predicate !== undefined || asked.some((key) => key.id === id) || joined.includes(id)
  );
}

/** Equal for the same index. */
export function idOfShape({ method, keys, include, predicate }: IndexShape): string {
  return JSON.stringify([method, keys.map(idOfKey), include.toSorted(), predicate ?? '']);
}

function idOfKey({ column, expression, isDescending, isNullsFirst, opclass }: KeyFacts): unknown {
  return [column ?? expression, isDescending, isNullsFirst, opclass ?? ''];
}

function isWorthwhile({ pages, rows, kind, schema }: TableFacts): boolean {
  if (kind === 'f' || SYSTEM_SCHEMA.test(schema)) return false;
  return pages >= SMALL_PAGES || rows >= SMALL_ROWS;
}

/** A valid index begins with the same keys. */
function isCoveredBy({ indexes }: TableFacts, shape: IndexShape): boolean {
  return indexes.some((index) => {
    if (!index.isValid || index.method !== shape.method) return false;
    if ((index.predicate ?? shape.predicate) !== shape.predicate) return false;
    const held = new Set([...index.keys.map(({ column }) => column), ...index.include]);
    const isPrefix = shape.keys.every(
      (key, at) =>
        JSON.stringify(idOfKey(key)) === JSON.stringify(idOfKey(index.keys[at] ?? key)) &&
        at < index.keys.length,
    );
    return isPrefix && shape.include.every((column) => held.has(column));
  });
}

function shapesFor(scan: Scan, model: StatementModel, estimates: Estimates): IndexShape[] {
  const local = scan.qualifiers.filter((one) => isLocal(one, scan));
  const conjunctions = [local, ...local.flatMap(({ arms }) => arms)];
  const sequences = conjunctions.flatMap((qualifiers) => keySequences(needsOf(scan, qualifiers, model)));
  const plain = distinctSequences([...sequences, ...leadingColumns(scan)]).map(toShape);
  const partial = partialShapes(scan, local, model, estimates);
  const trees = [...plain, ...partial];
  return [...trees, ...trees.flatMap((shape) => covering(scan, shape)), ...searchShapes(conjunctions.flat())];
}

function toShape(keys: readonly KeyFacts[]): IndexShape {
  return { method: 'btree', keys, include: [] };
}

function needsOf(scan: Scan, qualifiers: readonly Qualifier[], model: StatementModel): Needs {
  const ofKind = (...kinds: string[]) => qualifiers.filter(({ kind }) => kinds.includes(kind));
  const toKeys = (found: readonly Qualifier[]) =>
    found.flatMap(({ keys, opclass }) => keys.slice(0, 1).flatMap((key) => keyFacts(scan, key, opclass)));
  const rows = scan.table.rows;
  const distinct = ({ column }: KeyFacts) => distinctValues(scan.table.columns.get(column ?? ''), rows);
  const equal = toKeys(ofKind('equal', 'null')).toSorted((one, other) => distinct(other) - distinct(one));
  return {
    equal: equal.slice(0, MOST_EQUALITIES),
    ranges: toKeys(ofKind('range', 'prefix', 'not-null')),
    rows: ofKind('row').map(({ keys }) => keys.flatMap((key) => keyFacts(scan, key))),
    orders: ordersOf(scan, model),
    joins: joinKeysOf(scan, model.tree),
  };
}

/** Equalities first, then what is sorted or ranged over, then what only filters. */
function keySequences({ equal, ranges, rows, orders, joins }: Needs): KeyFacts[][] {
  const fixed = subsets(equal);
  const rests: (readonly KeyFacts[])[] = [
    [],
    ...arrangements(ranges.slice(0, MOST_RANGES)),
    ...rows,
    ...orders,
  ];
  for (const order of orders) for (const range of ranges) rests.push([...order, range], [range, ...order]);
  const local = fixed.flatMap((keys) => rests.map((rest) => [...keys, ...rest]));
  const joined = joins.flatMap((join) => [
    ...local.map((keys) => [join, ...keys]),
    ...fixed.flatMap((keys) => [[...keys, join], ...rests.map((rest) => [...keys, join, ...rest])]),
  ]);
  const all = joins.length > 1 ? [...joined, [...joins]] : joined;
  return [...local, ...all].map(withoutRepeats).filter(({ length }) => length > 0 && length <= MOST_KEYS);
}

/** Nothing is asked but whole columns: an index that has them is smaller than the table. */
function leadingColumns(scan: Scan): KeyFacts[][] {
  const keys = [...scan.needed].flatMap((column) => keyFacts(scan, { id: column, column }));
  return keys.length > 0 && keys.length <= MOST_KEYS && keys.length === scan.needed.size
    ? keys.map((key) => [key])
    : [];
}

/** All orders of all selections: after the first range the others only filter, but they do it before rows are read. */
function arrangements(keys: readonly KeyFacts[]): KeyFacts[][] {
  return keys.flatMap((key) => [
    [key],
    ...arrangements(keys.filter((other) => other !== key)).map((rest) => [key, ...rest]),
  ]);
}

function subsets(keys: readonly KeyFacts[]): KeyFacts[][] {
  return keys.reduce<KeyFacts[][]>((all, key) => [...all, ...all.map((subset) => [...subset, key])], [[]]);
}

function distinctSequences(sequences: readonly KeyFacts[][]): KeyFacts[][] {
  return [...new Map(sequences.map((keys) => [JSON.stringify(keys.map(idOfKey)), keys])).values()];
}

/** The other columns that are read ride along, so that the table need not be visited. */
function covering(scan: Scan, shape: IndexShape): IndexShape[] {
  const keys = new Set(shape.keys.map(({ column }) => column));
  const rest = [...scan.needed].filter((column) => !keys.has(column));
  const bytes = rest.reduce(
    (sum, column) => sum + (scan.table.columns.get(column)?.widthBytes ?? MOST_INCLUDED_BYTES),
    0,
  );
  const isSmall =
    rest.length > 0 &&
    rest.length <= MOST_INCLUDED &&
    bytes <= MOST_INCLUDED_BYTES &&
    scan.needed.size < scan.table.columns.size;
  return isSmall && scan.table.allVisibleShare > 0 ? [{ ...shape, include: rest }] : [];
}

/** Rare values of flags and of missing values deserve an index of their own rows only. */
function partialShapes(
  scan: Scan,
  local: readonly Qualifier[],
  model: StatementModel,
  estimates: Estimates,
): IndexShape[] {
  return local.flatMap((one) => {
    const predicate = predicateFor(one, scan.table);
    if (predicate === undefined || estimates.share(scan, [one]) > PARTIAL_SHARE) return [];
    const rest = local.filter((other) => other !== one);
    const sequences = keySequences(needsOf(scan, rest, model));
    const own = one.keys.slice(0, 1).flatMap((key) => keyFacts(scan, key));
    return distinctSequences([...sequences, own]).map((keys) => ({ ...toShape(keys), predicate }));
  });
}

function searchShapes(qualifiers: readonly Qualifier[]): IndexShape[] {
  return qualifiers.flatMap(({ kind, keys, method, opclass }) => {
    const [key] = keys;
    if (kind !== 'search' || method === undefined || key === undefined) return [];
    const name = key.column === undefined ? { expression: key.id } : { column: key.column };
    const facts = {
      ...name,
      isDescending: false,
      isNullsFirst: false,
      ...(opclass !== undefined && { opclass }),
    };
    return [{ method, keys: [facts], include: [] }];
  });
}
