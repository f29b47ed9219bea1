import { cellOf, EVERYTHING } from './consistency/cells.js';
import type { Change } from './consistency/replica.js';
import { CacheOptionError, CachePatternError } from './errors.js';
import { cacheKey, checkKey } from './keys.js';
import { tagName } from './loading/entry-policy.js';

/** What is to be invalidated; all of it at once. */
export interface Invalidation {
  readonly keys?: readonly string[];
  readonly tags?: readonly string[];
  /** All keys of an entity, or of one of its ids. */
  readonly entities?: readonly { readonly entity: string; readonly id?: string }[];
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

/** @throws CacheKeyError, CacheTagError, CachePatternError, CacheOptionError (nothing is named) */
export function resolveInvalidation(what: Invalidation): ResolvedInvalidation {
  const { keys = [], tags = [], entities = [], patterns = [], everything = false } = what;
  if (!everything && keys.length + tags.length + entities.length + patterns.length === 0) {
    throw new CacheOptionError('invalidate', 'names nothing');
  }
  const resolved = patterns.map(resolvePattern);
  const named = [...keys.map((key) => checkKey(key)), ...resolved.flatMap(({ key }) => key ?? [])];
  const cells = [
    ...tags.map((tag) => cellOf(tagName(tag))),
    ...entities.map(({ entity, id }) =>
      cellOf(`e:${id === undefined ? cacheKey(entity) : cacheKey(entity, id)}`),
    ),
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
