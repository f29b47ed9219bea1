import { described, type IndexSuggestion } from './suggestion.js';
import type { ForeignKeyFacts, IndexFacts, TableFacts } from './facts.js';

/** Something about the indexes that needs no statement to be seen. */
export interface IndexFinding {
  readonly kind: 'unused' | 'duplicate' | 'redundant' | 'invalid';
  readonly tableName: string;
  readonly indexName: string;
  readonly reason: string;
  /** What would mend it; nothing is done by itself. */
  readonly ddl: string;
  readonly sizeBytes: number;
}

/** Younger counters say nothing about jobs that run once a week or a month. */
const LEAST_AGE_DAYS = 14;
const SMALL_PAGES = 10;
const BLOCK_BYTES = 8192;

/** Indexes that only cost. @param ageDays of the counters; undefined when nobody knows */
export function findingsOf(tables: readonly TableFacts[], ageDays: number | undefined): IndexFinding[] {
  return tables.flatMap((table) => table.indexes.flatMap((index) => findingOf(table, index, ageDays) ?? []));
}

function findingOf(
  table: TableFacts,
  index: IndexFacts,
  ageDays: number | undefined,
): IndexFinding | undefined {
  const say = (kind: IndexFinding['kind'], reason: string): IndexFinding => ({
    kind,
    tableName: `${table.schema}.${table.name}`,
    indexName: index.name,
    reason,
    ddl:
      kind === 'invalid'
        ? `REINDEX INDEX CONCURRENTLY ${quoted(table, index)}`
        : `DROP INDEX CONCURRENTLY ${quoted(table, index)}`,
    sizeBytes: index.pages * BLOCK_BYTES,
  });
  if (!index.isValid)
    return say('invalid', 'It was not built to its end: every write maintains it, and no statement uses it.');
  if (index.isPrimary || index.isUnique || index.isConstraint) return undefined;
  const equal = table.indexes.find((other) => isDuplicate(index, other));
  if (equal !== undefined) return say('duplicate', `${equal.name} has the same keys.`);
  const wider = table.indexes.find((other) => isPrefix(index, other));
  if (wider !== undefined)
    return say('redundant', `${wider.name} begins with the same keys and serves the same statements.`);
  if (!isUnused(table, index, ageDays)) return undefined;
  return say(
    'unused',
    `No statement used it in the ${Math.floor(ageDays ?? 0)} days since the counters began.`,
  );
}

function isUnused(table: TableFacts, index: IndexFacts, ageDays = 0): boolean {
  return index.scans === 0 && ageDays >= LEAST_AGE_DAYS && !supportsForeignKey(table, index);
}

/** Equal indexes: the one with the later name is the victim, unless the other guarantees something. */
function isDuplicate(index: IndexFacts, other: IndexFacts): boolean {
  if (index === other || !other.isValid || signature(index) !== signature(other)) return false;
  return other.isUnique || other.isConstraint || other.name < index.name;
}

function isPrefix(index: IndexFacts, other: IndexFacts): boolean {
  if (index === other || !other.isValid || index.method !== 'btree' || other.method !== 'btree') return false;
  if (index.predicate !== other.predicate || index.keys.length >= other.keys.length) return false;
  const held = new Set([...other.keys.map(({ column }) => column), ...other.include]);
  const isStart = index.keys.every((key, at) => JSON.stringify(key) === JSON.stringify(other.keys[at]));
  return isStart && index.include.every((column) => held.has(column));
}

function signature({ method, keys, include, predicate }: IndexFacts): string {
  return JSON.stringify([method, keys, include.toSorted(), predicate ?? '']);
}

function supportsForeignKey({ foreignKeys }: TableFacts, { keys }: IndexFacts): boolean {
  return foreignKeys.some(({ columns }) => columns.includes(keys[0]?.column ?? ''));
}

/** Foreign keys that a DELETE or UPDATE of the referenced row must look for in the whole table. */
export function foreignKeySuggestions(tables: readonly TableFacts[]): IndexSuggestion[] {
  return tables
    .filter(({ pages }) => pages >= SMALL_PAGES)
    .flatMap((table) =>
      table.foreignKeys
        .filter((key) => !isIndexed(table, key))
        .map((key) => foreignKeySuggestion(table, key)),
    );
}

export function isIndexed({ indexes }: TableFacts, { columns }: ForeignKeyFacts): boolean {
  return indexes.some(({ keys, isValid, predicate, method }) => {
    const first = new Set(keys.slice(0, columns.length).map(({ column }) => column));
    return (
      isValid && predicate === undefined && method === 'btree' && columns.every((column) => first.has(column))
    );
  });
}

function foreignKeySuggestion(table: TableFacts, { name, columns }: ForeignKeyFacts): IndexSuggestion {
  const keys = columns.map((column) => ({ column, isDescending: false, isNullsFirst: false }));
  const each = Math.round(table.pages + table.rows * 0.0125);
  return {
    ...described(table, { method: 'btree', keys, include: [] }),
    estimatedImpact: 'medium',
    reason: `Each row that is deleted from the table that ${name} references, or whose key changes, reads all of ${table.name}: EXPLAIN does not show it, because a trigger does it.`,
    potentialSavings: `about ${each} cost units for each row that is deleted there`,
    method: 'rule',
    confidence: 'medium',
    queriesHelped: [],
    writeCost: 'every INSERT adds an entry.',
    makesRedundant: [],
    estimatedSizeBytes: Math.round(table.rows * 20),
    costBefore: each,
    costAfter: 8,
  };
}

function quoted({ schema }: TableFacts, { name }: IndexFacts): string {
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}
