import { createHash } from 'node:crypto';

/** Keys of more UTF-8 bytes are hashed; the envelope carries the key itself, and it is compared. */
const LONGEST_PLAIN_KEY_BYTES = 256;
/** Part of every Redis key: values of another layout or another scheme of cells are never met. */
const SCHEME = 'c1';

/** The names a cache uses in Redis. */
export interface RedisKeys {
  /** Where a value is kept, and who loads it: in one slot of a cluster. */
  readonly value: (key: string) => string;
  readonly lease: (key: string) => string;
  /** What the end of a load is announced by on `loadsChannel`. */
  readonly loadName: (key: string) => string;
  readonly loadsChannel: string;
  /** The invalidation clock: in one slot of a cluster. */
  readonly clock: string;
  readonly log: string;
  readonly members: string;
  readonly channel: string;
  /** The warm-up under way, and the last one: in one slot. */
  readonly warmup: string;
  readonly lastWarmup: string;
}

/** @param namespace keeps caches apart that share a Redis; any text */
export function redisKeys(namespace: string): RedisKeys {
  const space = escapeName(namespace);
  const of = (kind: string, id: string): string => `plimsoll:cache:${kind}:{${SCHEME}:${space}:${id}}`;
  return {
    value: (key) => of('value', nameOf(key)),
    lease: (key) => of('lease', nameOf(key)),
    loadName: nameOf,
    loadsChannel: of('loads', ''),
    clock: of('clock', ''),
    log: of('log', ''),
    members: of('members', ''),
    channel: of('invalidations', ''),
    warmup: of('warmup', ''),
    lastWarmup: of('last-warmup', ''),
  };
}

/** A plain key begins with "=", a hashed one with "#": neither can be the other. */
function nameOf(key: string): string {
  if (key.length > LONGEST_PLAIN_KEY_BYTES || Buffer.byteLength(key) > LONGEST_PLAIN_KEY_BYTES) {
    return `#${createHash('sha256').update(key).digest('base64url')}`;
  }
  // A brace would end the part that Redis Cluster hashes.
  return `=${key.replace(/[%{}]/g, escapeSign)}`;
}

function escapeName(namespace: string): string {
  return namespace.replace(/[%{}:]/g, escapeSign);
}

function escapeSign(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16)}`;
}
