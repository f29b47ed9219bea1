import { CacheOptionError, CacheTagError, checkList } from '../errors.js';
import { cellOf, structuralCells } from '../consistency/cells.js';
import { checkKey } from '../keys.js';

/** Cells one value may have, the inherited ones included. */
export const MOST_CELLS = 64;
const LONGEST_TAG = 1_024;
/** Longest TTL and grace: ten years keep every sum of instants exact. */
const LONGEST_MS = 315_360_000_000;

/** What a loader is given. */
export interface LoadContext {
  /** Aborts when the load has taken longer than `loadTimeoutMs`. */
  readonly signal: AbortSignal;
}

/** Computes a value. What it gives must be JSON; `undefined` is answered and not kept. */
export type Loader<T> = (context: LoadContext) => Promise<T> | T;

/** How a value is kept. */
export interface EntryOptions {
  /** How long the value is fresh; CACHE_TTL_SECONDS unless given. 0 or less: the value is not kept. */
  readonly ttlMs?: number;
  /** The same for a loaded null; `ttlMs` unless given. */
  readonly nullTtlMs?: number;
  /** How much longer a value is answered while it is refreshed behind, or when refreshing fails. 0 unless given. */
  readonly graceMs?: number;
  /** How long a reader waits for that refresh before it takes the old value. 0 unless given. */
  readonly softTimeoutMs?: number;
  /** How long a load may take; CACHE_LOAD_TIMEOUT_MS unless given. */
  readonly loadTimeoutMs?: number;
  /** What the value can be invalidated by, beside its key. */
  readonly tags?: readonly string[];
  /** Keys it was computed from: it is invalid as soon as one of them is, however that happened. */
  readonly dependsOn?: readonly string[];
  /** Refresh it by chance shortly before it expires (XFetch), so that it never does while it is read. true. */
  readonly isEarlyRefreshed?: boolean;
}

/** Options, complete and checked. */
export interface EntryPolicy {
  readonly ttlMs: number;
  readonly nullTtlMs: number;
  readonly graceMs: number;
  readonly softTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly isEarlyRefreshed: boolean;
  /** Cells of its tags and dependencies, without what dependencies pass on. */
  readonly cells: readonly number[];
  readonly dependsOn: readonly string[];
}

/** Times of options that name none. */
export interface PolicyDefaults {
  readonly ttlMs: number;
  readonly loadTimeoutMs: number;
}

const NONE: readonly never[] = [];

/** @throws CacheOptionError, CacheTagError, CacheKeyError */
export function policyOf(options: EntryOptions, defaults: PolicyDefaults): EntryPolicy {
  const { tags = NONE, dependsOn = NONE } = options;
  const ttlMs = duration('ttlMs', options.ttlMs, defaults.ttlMs);
  return {
    ttlMs,
    nullTtlMs: duration('nullTtlMs', options.nullTtlMs, ttlMs),
    graceMs: Math.max(0, duration('graceMs', options.graceMs, 0)),
    softTimeoutMs: Math.max(0, duration('softTimeoutMs', options.softTimeoutMs, 0)),
    loadTimeoutMs: positive('loadTimeoutMs', options.loadTimeoutMs, defaults.loadTimeoutMs),
    isEarlyRefreshed: options.isEarlyRefreshed ?? true,
    cells: tags === NONE && dependsOn === NONE ? NONE : cellsOf(tags, dependsOn),
    dependsOn,
  };
}

/** The name of a tag. @throws CacheTagError */
export function tagName(tag: string): string {
  if (typeof tag !== 'string' || tag === '' || tag.length > LONGEST_TAG) throw new CacheTagError(tag);
  return `t:${tag}`;
}

/** All that makes a value invalid which was computed from `key`, but for what `key` itself has inherited. */
export function cellsOfDependency(key: string): number[] {
  return [cellOf(`k:${key}`), ...structuralCells(key)];
}

function cellsOf(tags: readonly string[], dependsOn: readonly string[]): readonly number[] {
  checkList('tags', tags);
  checkList('dependsOn', dependsOn);
  for (const key of dependsOn) checkKey(key);
  const cells = [
    ...new Set([...tags.map((tag) => cellOf(tagName(tag))), ...dependsOn.flatMap(cellsOfDependency)]),
  ];
  if (cells.length > MOST_CELLS) {
    throw new CacheOptionError('tags', `and dependsOn make ${cells.length} names, more than ${MOST_CELLS}`);
  }
  return cells;
}

function duration(option: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new CacheOptionError(option, 'must be a number of milliseconds');
  return Math.min(LONGEST_MS, value);
}

function positive(option: string, value: number | undefined, otherwise: number): number {
  const ms = duration(option, value, otherwise);
  if (ms <= 0) throw new CacheOptionError(option, 'must be more than 0 ms');
  // The longest delay of a timer.
  return Math.min(2 ** 31 - 1, ms);
}
