import { AppError } from '../../kernel/app-error.js';

/** PostgreSQL cannot be reached, is starting or stopping, or has no connection free. Retrying is safe for reads. HTTP 503. */
export class DatabaseUnavailableError extends AppError {
  readonly code = 'DATABASE_UNAVAILABLE';
  readonly kind = 'unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`The database did not answer: ${reason}. Try again in a few seconds.`, { reason }, { cause });
  }
}

/** One who holds a connection of the pool, in words for operators; never shown to callers. */
export interface PoolHolder {
  /** file:line that took it, when that is known. */
  readonly site: string | null;
  readonly heldMs: number;
  readonly lastSql: string | null;
  /** What the server says the connection does; null when it could not be asked. */
  readonly serverState: string | null;
  readonly requestId: string | null;
  readonly route: string | null;
  /** Name of the background job that holds it. */
  readonly job: string | null;
  readonly tenantId: string | null;
  readonly backendPid: number | null;
}

/** Every connection of the pool was in use for the whole wait. `holders` says by whom. HTTP 503. */
export class PoolExhaustedError extends AppError {
  readonly code = 'DATABASE_POOL_EXHAUSTED';
  readonly kind = 'unavailable';

  /** @param usage safe to show; @param holders longest first, for the log and for operators */
  constructor(
    usage: { readonly waitedMs?: number; readonly max?: number; readonly waiting?: number },
    readonly holders: readonly PoolHolder[] = [],
    cause?: unknown,
  ) {
    const { waitedMs } = usage;
    super(
      `No connection of the database pool became free ${waitedMs === undefined ? 'in time' : `within ${waitedMs} ms`}. ` +
        'Try again in a few seconds; operators see who holds them in GET /metrics/pool.',
      usage,
      { cause },
    );
  }
}

/** A statement ran longer than DATABASE_STATEMENT_TIMEOUT_MS and was cancelled. HTTP 503. */
export class StatementTimeoutError extends AppError {
  readonly code = 'DATABASE_STATEMENT_TIMEOUT';
  readonly kind = 'unavailable';

  constructor(cause: unknown) {
    super(
      'A database statement was cancelled because it ran too long. Ask for a smaller window, or try again later.',
      {},
      { cause },
    );
  }
}

/** Another transaction got in the way (deadlock, serialisation, lock timeout); nothing was written. HTTP 503. */
export class TransactionConflictError extends AppError {
  readonly code = 'DATABASE_TRANSACTION_CONFLICT';
  readonly kind = 'unavailable';

  constructor(sqlState: string, cause: unknown) {
    super(
      `The transaction was rolled back because another one was in its way (${sqlState}). Try again.`,
      { sqlState },
      { cause },
    );
  }
}

/** A migration cannot be applied; the process does not start. */
export class MigrationError extends AppError {
  readonly code = 'DATABASE_MIGRATION_FAILED';
  readonly kind = 'internal';

  constructor(reason: string, cause?: unknown) {
    super(`Migrating the database failed: ${reason}`, { reason }, { cause });
  }
}

/** SQLSTATE of a driver error, or the system's error code (ECONNREFUSED). */
function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Classes and codes after which the connection or the server is gone (PostgreSQL, appendix A; Node). */
const UNAVAILABLE =
  /^(08...|57P0[1-5]|53300|53400|58000|25006|ECONN[A-Z]+|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN)$/;
const CONFLICT = /^(40001|40P01|55P03)$/;
const QUERY_CANCELED = '57014';

/** Driver and pool errors that carry no code: the socket went away, or the pool gave up waiting. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|Client has encountered a connection error|not queryable|pool is draining|manager was closed|Query read timeout/;

/** Why no connection could be had, where trying again will not help: an operator reads it in the log and in the answer. */
const REFUSALS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/^28...$/, 'it refuses this user or password'],
  [/^3D000$/, 'it has no database of this name'],
  [/CERT|^ERR_TLS|^UNABLE_TO_/, 'its TLS certificate is not trusted'],
];
const NO_TLS_MESSAGE = /does not support SSL/;

/** After these the connection is gone, or there was none: whatever only reads may be sent again. */
const LOST = /^(08...|57P0[1235]|53300|ECONN[A-Z]+|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN)$/;
const LOST_MESSAGE = /Connection terminated|connection error|not queryable|timeout expired/;

/** Whether `error` says that the connection broke or could not be had; a statement that took too long does not. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DatabaseUnavailableError)) return false;
  const cause = driverErrorOf(error.cause);
  const code = codeOf(cause);
  return code === undefined ? cause instanceof Error && LOST_MESSAGE.test(cause.message) : LOST.test(code);
}

/** Sequelize wraps what the driver said. */
function driverErrorOf(error: unknown): unknown {
  return error instanceof Error && 'parent' in error ? error.parent : error;
}

/** The typed form of what the driver or the pool threw; anything unknown comes back as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(driverErrorOf(error));
  return (code === undefined ? undefined : byCode(code, error)) ?? byMessage(error) ?? error;
}

function byCode(code: string, error: unknown): AppError | undefined {
  if (code === QUERY_CANCELED) return new StatementTimeoutError(error);
  if (CONFLICT.test(code)) return new TransactionConflictError(code, error);
  return UNAVAILABLE.test(code) ? new DatabaseUnavailableError(code, error) : undefined;
}

function byMessage(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (UNAVAILABLE_MESSAGE.test(error.message)) {
    return new DatabaseUnavailableError('the connection was lost', error);
  }
  if (error.name === 'SequelizeConnectionAcquireTimeoutError') {
    return new PoolExhaustedError({}, [], error);
  }
  const isConnecting = /^Sequelize(Connection|AccessDenied|Host|InvalidConnection)/.test(error.name);
  return isConnecting ? new DatabaseUnavailableError(refusalOf(error), error) : undefined;
}

function refusalOf(error: Error): string {
  const code = codeOf(driverErrorOf(error)) ?? '';
  const known = REFUSALS.find(([pattern]) => pattern.test(code))?.[1];
  if (known !== undefined) return `${known} (${code})`;
  return NO_TLS_MESSAGE.test(error.message) ? 'it does not speak TLS' : 'no connection could be had';
}
