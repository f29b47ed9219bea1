import { AppError } from '../../kernel/app-error.js';

/** Redis is not configured, cannot be reached, or did not answer in time. HTTP 503. */
export class RedisUnavailableError extends AppError {
  readonly code = 'REDIS_UNAVAILABLE';
  readonly kind = 'unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`Redis did not answer: ${reason}. Try again in a few seconds.`, { reason }, { cause });
  }
}

/** Replies by which a server says that it cannot serve now, though it is there. */
const CANNOT_SERVE = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|OOM|NOREPLICAS|BUSY)\b/;

/** The typed form of what the driver threw; a reply that says the command is wrong comes back as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'ReplyError' && !CANNOT_SERVE.test(error.message)) return error;
  return new RedisUnavailableError(
    error.message === 'Command timed out' ? 'it is too slow' : 'no connection',
    error,
  );
}
