import { ddlOf, tableName } from './ddl.js';
import { sizeBytes, treeSize } from './cost/pages.js';
import type { IndexFacts, IndexShape, TableFacts } from './facts.js';
import type { ChosenIndex } from './workload.js';

/** One index to create, with the reasons and the price. */
export interface IndexSuggestion {
  readonly tableName: string;
  readonly columns: readonly string[];
  readonly indexType: string;
  readonly estimatedImpact: 'high' | 'medium' | 'low';
  readonly reason: string;
  /** Of the statements that it helps, in words. */
  readonly potentialSavings: string;
  readonly ddl: string;
  readonly method: 'hypopg' | 'model' | 'rule';
  readonly confidence: 'high' | 'medium' | 'low';
  /** Texts of the statements that use it. */
  readonly queriesHelped: readonly string[];
  readonly writeCost: string;
  /** Existing indexes that it can take the place of. */
  readonly makesRedundant: readonly string[];
  readonly estimatedSizeBytes: number;
  /** Planner's cost of these statements, all calls together. */
  readonly costBefore: number;
  readonly costAfter: number;
  readonly include: readonly string[];
  readonly where?: string;
  readonly note?: string;
}

const HIGH_FACTOR = 10;
const MEDIUM_FACTOR = 3;
/** Share of updates that HOT keeps out of the indexes, above which it is worth keeping. */
const HOT_SHARE = 0.5;
const MANY_INDEXES = 8;

export function suggestionOf(
  chosen: ChosenIndex,
  texts: readonly string[],
  method: 'hypopg' | 'model',
): IndexSuggestion {
  const { candidate, before, after } = chosen;
  const { table, shape } = candidate;
  const size = treeSize(table, shape, shape.predicate === undefined ? 1 : 0.1);
  return {
    ...described(table, shape),
    estimatedImpact: impactOf(before, after),
    reason: reasonOf(table, shape, texts.length),
    potentialSavings: `${round(before - after)} of ${round(before)} cost units (${Math.round((1 - after / before) * 100)} %)`,
    method,
    confidence: method === 'hypopg' ? 'high' : before >= after * HIGH_FACTOR ? 'high' : 'medium',
    queriesHelped: texts,
    writeCost: writeCostOf(chosen),
    makesRedundant: table.indexes.filter((index) => isTakenOver(index, shape)).map(({ name }) => name),
    estimatedSizeBytes: sizeBytes(size),
    costBefore: round(before),
    costAfter: round(after),
  };
}

/** What identifies the index: its table, columns and statement. */
export function described(table: TableFacts, shape: IndexShape) {
  const isPartitioned = table.kind === 'p';
  return {
    tableName: tableName(table),
    columns: shape.keys.map(({ column, expression }) => column ?? expression ?? ''),
    include: shape.include,
    indexType: shape.method,
    ddl: ddlOf(table, shape, { isConcurrent: !isPartitioned }),
    ...(shape.predicate !== undefined && { where: shape.predicate }),
    ...(isPartitioned && {
      note: 'CONCURRENTLY is not allowed on a partitioned table. To keep writers going, create the index ON ONLY the parent, then CONCURRENTLY on each partition, and attach those by ALTER INDEX ... ATTACH PARTITION.',
    }),
  };
}

function impactOf(before: number, after: number): IndexSuggestion['estimatedImpact'] {
  if (before >= after * HIGH_FACTOR) return 'high';
  return before >= after * MEDIUM_FACTOR ? 'medium' : 'low';
}

function reasonOf(table: TableFacts, shape: IndexShape, statements: number): string {
  const keys = shape.keys.map(({ column, expression }) => column ?? expression ?? '').join(', ');
  const rows = Math.round(table.rows).toLocaleString('en-US');
  const only = shape.predicate === undefined ? '' : ` of the rows with ${shape.predicate}`;
  const covers =
    shape.include.length === 0
      ? ''
      : `, and ${shape.include.join(', ')} in the index saves the visits to the table`;
  const many = statements === 1 ? 'The statement finds' : `${statements} statements find`;
  return `${many} the rows by ${keys}${only} instead of reading ${rows} rows of ${table.name}${covers}.`;
}

function writeCostOf({ candidate: { table, shape }, writeCost }: ChosenIndex): string {
  const { inserts, updates, hotUpdates, deletes } = table.writes;
  const parts = [
    `every INSERT adds an entry; ${round(inserts + updates + deletes)} rows were written since the statistics began`,
  ];
  if (writeCost > 0) parts.push(`the writes of this workload cost ${round(writeCost)} units more`);
  if (updates > 0 && hotUpdates / updates >= HOT_SHARE) {
    const names = shape.keys.map(({ column }) => column ?? 'the expression').join(', ');
    parts.push(
      `${Math.round((100 * hotUpdates) / updates)} % of updates are HOT: those that change ${names} will not be any more`,
    );
  }
  if (table.indexes.length >= MANY_INDEXES)
    parts.push(`the table has ${table.indexes.length} indexes already`);
  return `${parts.join('; ')}.`;
}

/** An index whose keys the new one begins with, and that guarantees nothing. */
function isTakenOver(index: IndexFacts, shape: IndexShape): boolean {
  const isFree = !index.isUnique && !index.isPrimary && !index.isConstraint && index.predicate === undefined;
  if (!isFree || index.method !== shape.method || shape.predicate !== undefined || shape.method !== 'btree')
    return false;
  const held = new Set([...shape.keys.map(({ column }) => column), ...shape.include]);
  return (
    index.keys.length <= shape.keys.length &&
    index.keys.every((key, at) => JSON.stringify(key) === JSON.stringify(shape.keys[at])) &&
    index.include.every((column) => held.has(column))
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
