import { cellOf, EVERYTHING } from './consistency/cells.js';
import type { Change } from './consistency/replica.js';
import { CacheOptionError, CachePatternError, checkList } from './errors.js';
import { cacheKey, checkKey } from './keys.js';
import { tagName } from './loading/entry-policy.js';

/** An entity, or one of its ids. */
interface NamedEntity {
  readonly entity: string;
  readonly id?: string;
}

/** What is to be invalidated; all of it at once. */
export interface Invalidation {
  readonly keys?: readonly string[];
  readonly tags?: readonly string[];
  /** All keys of an entity, or of one of its ids. */
  readonly entities?: readonly NamedEntity[];
  /**
   * `*`, `account:*` or `account:42:*`. A narrower one is widened to the next of these: `account:4*` invalidates
   * `account:*`. No key is ever searched for.
   */
  readonly patterns?: readonly string[];
  readonly everything?: boolean;
}

/** What became of an invalidation. */
export interface InvalidationReceipt {
  /**
   * everywhere: all instances have been told. later, with a sequence: an instance was not listening; it catches up
   * before it next answers from memory, and when it is cut off from Redis it answers old values no longer than
   * CACHE_OUTAGE_STALE_MS. later, without one: Redis has not taken it; the others are told as soon as this instance
   * reaches Redis again. alone: there is no Redis, and this is the only instance.
   */
  readonly reach: 'everywhere' | 'later' | 'alone';
  /** Place in the order of all invalidations; null when Redis has not taken it yet. */
  readonly sequence: number | null;
  /** Patterns that stand for narrower ones. */
  readonly widenedTo: readonly string[];
}

/** An invalidation in the terms of the clock. */
export interface ResolvedInvalidation {
  readonly change: Change;
  readonly widenedTo: readonly string[];
}

/** @throws CacheKeyError, CacheTagError, CachePatternError, CacheOptionError (nothing is named, or not in lists) */
export function resolveInvalidation(what: Invalidation): ResolvedInvalidation {
  checkObject('invalidate', what);
  const { keys = [], tags = [], entities = [], patterns = [], everything = false } = what;
  for (const [option, names] of Object.entries({ keys, tags, entities, patterns })) checkList(option, names);
  if (!everything && keys.length + tags.length + entities.length + patterns.length === 0) {
    throw new CacheOptionError('invalidate', 'names nothing');
  }
  const resolved = patterns.map(resolvePattern);
  const named = [...keys.map((key) => checkKey(key)), ...resolved.flatMap(({ key }) => key ?? [])];
  const cells = [
    ...tags.map((tag) => cellOf(tagName(tag))),
    ...entities.map((named) => cellOf(entityName(named))),
    ...resolved.flatMap(({ cell }) => cell ?? []),
    // For the values that were computed from them.
    ...named.map((key) => cellOf(`k:${key}`)),
    ...(everything ? [EVERYTHING] : []),
  ];
  return {
    change: { cells: [...new Set(cells)], keys: [...new Set(named)] },
    widenedTo: [...new Set(resolved.flatMap(({ widenedTo }) => widenedTo ?? []))],
  };
}

/** Programs in JavaScript may give anything. */
function checkObject(option: string, given: unknown): void {
  if (typeof given !== 'object' || given === null) throw new CacheOptionError(option, 'must be an object');
}

function entityName(named: NamedEntity): string {
  checkObject('entities', named);
  const { entity, id } = named;
  return `e:${id === undefined ? cacheKey(entity) : cacheKey(entity, id)}`;
}

interface ResolvedPattern {
  readonly cell?: number;
  readonly key?: string;
  readonly widenedTo?: string;
}

const WILDCARD = /[*?]/;

function resolvePattern(pattern: string): ResolvedPattern {
  if (typeof pattern !== 'string' || pattern === '') throw new CachePatternError(pattern);
  const wildcardAt = pattern.search(WILDCARD);
  if (wildcardAt === -1) return { key: checkKey(pattern) };
  const literal = pattern.slice(0, wildcardAt).split(':').slice(0, -1).slice(0, 2).join(':');
  const whole = literal === '' ? '*' : `${literal}:*`;
  return {
    cell: literal === '' ? EVERYTHING : cellOf(`e:${literal}`),
    ...(whole !== pattern && { widenedTo: whole }),
  };
}
