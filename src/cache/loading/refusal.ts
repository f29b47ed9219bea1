import { AppError, type ErrorKind } from '../../kernel/app-error.js';
import { CacheValueError } from '../errors.js';

/** Kinds of errors that tell the caller something; the others tell of a source that does not work. */
const REFUSALS: ReadonlySet<ErrorKind> = new Set([
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'outdated',
]);

/**
 * Whether a loader that threw `error` has answered: its source works, and whoever asked something else would get a
 * value. What cannot be kept is no answer: its loader is at fault, and loading again does not help.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof AppError && REFUSALS.has(error.kind) && !(error instanceof CacheValueError);
}
