import { CacheKeyError } from './errors.js';

/** Longest key, in UTF-16 units. */
const LONGEST_KEY = 65_536;

/** Halves of surrogate pairs have no UTF-8 form: two keys could become one in Redis. */
const LONE_SURROGATE = /\p{Cs}/u;
/** Most keys have no surrogates at all, which is found out far sooner. */
const SURROGATE = /[\ud800-\udfff]/;

/** @throws CacheKeyError CACHE_KEY_INVALID */
export function checkKey(key: unknown): string {
  if (typeof key !== 'string') throw new CacheKeyError(key, 'must be text');
  if (key === '') throw new CacheKeyError(key, 'must not be empty');
  if (key.length > LONGEST_KEY)
    throw new CacheKeyError(key, `must not be longer than ${LONGEST_KEY} characters`);
  if (SURROGATE.test(key) && LONE_SURROGATE.test(key))
    throw new CacheKeyError(key, 'must not hold halves of a surrogate pair');
  return key;
}

/**
 * The key `entity:id[:qualifier...]`. Colons and percent signs of the entity and the id are escaped, so that what
 * can be invalidated by entity and id is what was meant; qualifiers are taken as they are. A part that is missing is
 * refused: a key without its tenant would be everybody's. @throws CacheKeyError CACHE_KEY_INVALID
 */
export function cacheKey(entity: string, ...rest: readonly (string | number)[]): string {
  for (const [index, part] of [entity, ...rest].entries()) {
    if (typeof part === 'string' || Number.isFinite(part)) continue;
    throw new CacheKeyError(
      entity,
      `cannot have ${String(part)} as part ${index + 1}, only text and finite numbers`,
    );
  }
  const [id, ...qualifiers] = rest;
  const parts = [escapePart(entity), ...(id === undefined ? [] : [escapePart(String(id))]), ...qualifiers];
  return checkKey(parts.join(':'));
}

/** The form a key has, for statistics: its entity and how many parts it has. `account:42:summary` -> `account:*:*`. */
export function keyShape(key: string): string {
  const first = key.indexOf(':');
  if (first === -1) return key;
  const hasQualifier = key.indexOf(':', first + 1) !== -1;
  return `${key.slice(0, first)}:${hasQualifier ? '*:*' : '*'}`;
}

function escapePart(part: string): string {
  return part.replace(/[%:]/g, (sign) => (sign === ':' ? '%3A' : '%25'));
}
