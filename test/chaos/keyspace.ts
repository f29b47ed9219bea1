import type { EntryOptions, Invalidation } from '../../src/cache/index.js';
import type { Random } from '../support/random.js';

/**
 * What the processes of a run read and write. A ROW is what the database has a version of. A stored key shows one
 * row; a computed key shows the rows of the keys it was computed from. Everybody may write the rows of stored keys;
 * rows that are `set` belong to one process each, because values that are set have the order of their writers.
 */
export interface ChaosKey {
  readonly key: string;
  /** Undefined for a computed key. */
  readonly row?: number;
  /** Indices of the keys it is computed from. */
  readonly sources: readonly number[];
  readonly options: EntryOptions;
}

/** A write to the database and the invalidation that follows it. */
export interface Change {
  readonly kind: ChangeKind;
  readonly rows: readonly number[];
  /** Undefined for `set`. */
  readonly invalidation?: Invalidation;
  /** For `set`. */
  readonly key?: ChaosKey;
}

/** Ways to invalidate. */
export type ChangeKind = 'key' | 'keys' | 'tag' | 'id' | 'entity' | 'pattern' | 'set' | 'everything';

const ACCOUNTS = 16;
const REGIONS = 10;
const BASES = 8;
const NOTES = 9;
const COLOURS = 5;
const SIZES = 7;
const DEPTHS = 2;
/** How often each kind is drawn; everything and entity seldom, or nothing else would ever be seen. */
const WEIGHTS: readonly (readonly [kind: ChangeKind, weight: number])[] = [
  ['key', 40],
  ['keys', 10],
  ['tag', 16],
  ['id', 10],
  ['entity', 3],
  ['pattern', 3],
  ['set', 16],
  ['everything', 1],
];

/** Two tags each; most live shortly, so that expiry, early refreshes and grace take part, and some outlive outages. */
const optionsOf = (index: number): EntryOptions => ({
  tags: [`colour ${index % COLOURS}`, `size:${index % SIZES}`],
  ttlMs: index % 4 === 0 ? 20_000 : 600 + 300 * (index % 6),
  graceMs: index % 3 === 0 ? 1_000 : 0,
  softTimeoutMs: index % 2 === 0 ? 10 : 0,
});

/** All keys; a key's index is its place. */
export const KEYS: readonly ChaosKey[] = makeKeys();
/** Rows of the database. */
export const ROW_COUNT = KEYS.filter(({ row }) => row !== undefined).length;

function makeKeys(): ChaosKey[] {
  const keys: ChaosKey[] = [];
  let rows = 0;
  const store = (key: string, options: EntryOptions = {}): number => {
    keys.push({ key, row: rows, sources: [], options: { ...optionsOf(rows), ...options } });
    rows += 1;
    return keys.length - 1;
  };
  const compute = (key: string, sources: readonly number[]): number => {
    const dependsOn = sources.map((source) => keys[source]?.key ?? '');
    keys.push({ key, sources, options: { dependsOn, ttlMs: 10_000 } });
    return keys.length - 1;
  };
  for (let id = 0; id < ACCOUNTS; id += 1) {
    store(`account:${id}:summary`);
    store(`account:${id}:detail:long`);
  }
  for (let id = 0; id < REGIONS; id += 1) store(`region:${id}`);
  const bases = range(BASES, (id) =>
    store(`base:${id}`, { tags: [`depth:${id % DEPTHS}`, `base ${id % 3}`] }),
  );
  const totals = range(BASES, (id) => compute(`total:${id}`, [at(bases, id), at(bases, id + 1)]));
  for (let id = 0; id < BASES; id += 1) compute(`grand:${id}`, [at(totals, id), at(totals, id + 2)]);
  for (let id = 0; id < NOTES; id += 1) store(`note:${id}`);
  return keys;
}

/** What a change is drawn from. */
interface Draw {
  readonly random: Random;
  /** Any key whose row everybody may write; whatever is drawn is about it. */
  readonly one: ChaosKey;
  readonly writer: number;
  readonly writers: number;
}

const SHARED = KEYS.filter(({ row, key }) => row !== undefined && !key.startsWith('note:'));
const NOTES_OF_ALL = KEYS.filter(({ key }) => key.startsWith('note:'));

/** The next change of one of `writers` processes. */
export function drawChange(random: Random, writer: number, writers: number): Change {
  const kind = drawKind(random);
  return { kind, ...DRAWERS[kind]({ random, one: random.of(SHARED), writer, writers }) };
}

const DRAWERS: Readonly<Record<ChangeKind, (draw: Draw) => Omit<Change, 'kind'>>> = {
  key: ({ one }) => ({ rows: rowOf(one), invalidation: { keys: [one.key] } }),
  keys: ({ random, one }) => {
    const some = [one, random.of(SHARED), random.of(SHARED)];
    return { rows: some.flatMap(rowOf), invalidation: { keys: some.map(({ key }) => key) } };
  },
  tag: ({ random, one }) => {
    const tag = random.of(one.options.tags ?? []);
    return {
      rows: rowsBy(({ options }) => options.tags?.includes(tag) === true),
      invalidation: { tags: [tag] },
    };
  },
  id: ({ one }) => {
    const [entity = '', id = ''] = one.key.split(':');
    const rows = rowsBy(({ key }) => `${key}:`.startsWith(`${entity}:${id}:`));
    return { rows, invalidation: { entities: [{ entity, id }] } };
  },
  entity: ({ one }) => {
    const [entity = ''] = one.key.split(':');
    return { rows: rowsOfEntity(entity), invalidation: { entities: [{ entity }] } };
  },
  pattern: ({ one }) => {
    // Widened to the whole entity.
    const [entity = '', id = ''] = one.key.split(':');
    return { rows: rowsOfEntity(entity), invalidation: { patterns: [`${entity}:${id.slice(0, 1)}*`] } };
  },
  set: ({ random, writer, writers }) => {
    const key = random.of(NOTES_OF_ALL.filter(({ row = 0 }) => row % writers === writer));
    return { rows: rowOf(key), key };
  },
  everything: () => ({ rows: rowsBy(() => true), invalidation: { everything: true } }),
};

function rowsBy(covers: (key: ChaosKey) => boolean): number[] {
  return SHARED.filter(covers).flatMap(rowOf);
}

function rowsOfEntity(entity: string): number[] {
  return rowsBy(({ key }) => key.startsWith(`${entity}:`));
}

function drawKind(random: Random): ChangeKind {
  const all = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random.below(all);
  for (const [kind, weight] of WEIGHTS) {
    if (left < weight) return kind;
    left -= weight;
  }
  return 'key';
}

function rowOf({ row }: ChaosKey): number[] {
  return row === undefined ? [] : [row];
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function at(indices: readonly number[], index: number): number {
  return indices[index % indices.length] ?? 0;
}
