import { LockOptionsError, LockResourceError } from './errors.js';

/** How a lock is taken. */
export interface LockOptions {
  /** The lock ends this long after its last extension; default LOCK_TTL_MS, at most LOCK_MAX_TTL_MS. */
  readonly ttlMs?: number;
  /** How long to wait in turn; 0: not at all. Default LOCK_WAIT_MS, at most an hour. */
  readonly waitMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Prolong it for as long as it is held; default true. */
  readonly isExtended?: boolean;
}

/** Options with every default in place. */
export interface LockPolicy {
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly isExtended: boolean;
}

/** What options may be left out for. */
export interface LockDefaults {
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly maxTtlMs: number;
}

/** Prolonged in time by a thread that looks every 20 ms. */
const SHORTEST_TTL_MS = 100;
const LONGEST_WAIT_MS = 3_600_000;
const LONGEST_RESOURCE = 500;
const MOST_RESOURCES = 100;

/** @throws LockOptionsError LOCK_OPTIONS_INVALID */
export function lockPolicyOf(options: LockOptions, defaults: LockDefaults): LockPolicy {
  const { ttlMs = defaults.ttlMs, waitMs = defaults.waitMs, signal, isExtended = true } = options;
  if (!(ttlMs >= SHORTEST_TTL_MS && ttlMs <= defaults.maxTtlMs)) {
    const problem = `is not between ${SHORTEST_TTL_MS} and LOCK_MAX_TTL_MS (${defaults.maxTtlMs})`;
    throw new LockOptionsError('ttlMs', ttlMs, problem);
  }
  if (!(waitMs >= 0 && waitMs <= LONGEST_WAIT_MS)) {
    throw new LockOptionsError('waitMs', waitMs, `is not between 0 and ${LONGEST_WAIT_MS}`);
  }
  return { ttlMs: Math.ceil(ttlMs), waitMs, signal, isExtended };
}

/** @throws LockResourceError LOCK_RESOURCE_INVALID */
export function checkResource(resource: string): string {
  if (typeof resource !== 'string' || resource === '') throw new LockResourceError('is empty', '');
  if (resource.length > LONGEST_RESOURCE) {
    throw new LockResourceError(`is longer than ${LONGEST_RESOURCE} characters`, resource);
  }
  // Stores keep text: these would be lost on the way, and two resources become one.
  if (/[\0\p{Cs}]/u.test(resource)) throw new LockResourceError('contains NUL or a lone surrogate', resource);
  return resource;
}

/** Each once, in the one order that everybody takes them in. @throws as checkResource, LockOptionsError */
export function inOrder(resources: readonly string[]): string[] {
  const unique = [...new Set(resources.map(checkResource))];
  if (unique.length === 0 || unique.length > MOST_RESOURCES) {
    throw new LockOptionsError('resources', unique.length, `is not between 1 and ${MOST_RESOURCES}`);
  }
  return unique.sort((a, b) => (a < b ? -1 : 1));
}
