import { AppError } from '../kernel/app-error.js';

const LONGEST_SHOWN = 100;

/** Enough of a key or tag to recognise it by. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return typeof value;
  return value.length <= LONGEST_SHOWN ? value : `${value.slice(0, LONGEST_SHOWN)}…`;
}

/** A value that a JSON round trip would change. HTTP 400. */
export class CacheValueError extends AppError {
  readonly code = 'CACHE_VALUE_UNSUPPORTED';
  readonly kind = 'invalid';

  constructor(path: string, found: string) {
    super(
      `A value cannot be cached: ${path} is ${found}. Cache what JSON can hold: null, booleans, finite numbers, ` +
        'strings, arrays and plain objects.',
      { path, found },
    );
  }
}

/** A key that is no key. HTTP 400. */
export class CacheKeyError extends AppError {
  readonly code = 'CACHE_KEY_INVALID';
  readonly kind = 'invalid';

  constructor(key: unknown, reason: string) {
    super(`Cache key "${shown(key)}" ${reason}.`, { key: shown(key), reason });
  }
}

/** A tag that is no tag. HTTP 400. */
export class CacheTagError extends AppError {
  readonly code = 'CACHE_TAG_INVALID';
  readonly kind = 'invalid';

  constructor(tag: unknown) {
    super(`Cache tag "${shown(tag)}" must be text of 1 to 1,024 characters.`, { tag: shown(tag) });
  }
}

/** A pattern that is no pattern. HTTP 400. */
export class CachePatternError extends AppError {
  readonly code = 'CACHE_PATTERN_INVALID';
  readonly kind = 'invalid';

  constructor(pattern: unknown) {
    super(`Cache pattern "${shown(pattern)}" must be text such as "account:*" or "account:42:*".`, {
      pattern: shown(pattern),
    });
  }
}

/** An option of a cached value that makes no sense. HTTP 400. */
export class CacheOptionError extends AppError {
  readonly code = 'CACHE_OPTION_INVALID';
  readonly kind = 'invalid';

  constructor(option: string, reason: string) {
    super(`Cache option ${option} ${reason}.`, { option, reason });
  }
}

/** Text has a length as well. @throws CacheOptionError CACHE_OPTION_INVALID */
export function checkList(option: string, given: unknown): void {
  if (!Array.isArray(given)) throw new CacheOptionError(option, 'must be a list');
}

/** A value was not loaded in time; its loader was told to stop. Trying again is safe. HTTP 503. */
export class CacheLoadTimeoutError extends AppError {
  readonly code = 'CACHE_LOAD_TIMEOUT';
  readonly kind = 'unavailable';

  constructor(key: string, timeoutMs: number) {
    super(
      `The value of "${shown(key)}" was not loaded within ${timeoutMs} ms. ` +
        'Its source may be slow: try again, or raise CACHE_LOAD_TIMEOUT_MS or loadTimeoutMs.',
      { key: shown(key), timeoutMs },
    );
  }
}
