import { AppError } from '../kernel/app-error.js';

/** The text is no SQL that PostgreSQL's grammar knows. HTTP 400. */
export class SqlSyntaxError extends AppError {
  readonly code = 'QUERY_SYNTAX';
  readonly kind = 'invalid';

  /** @param position of the faulty character, from 1, when it is known */
  constructor(reason: string, position: number | undefined, cause?: unknown) {
    const where = position === undefined ? '' : ` at character ${position}`;
    super(
      `The statement cannot be parsed: ${reason}${where}. Correct it, or leave out what is not SQL.`,
      { reason, ...(position !== undefined && { position }) },
      { cause },
    );
  }
}

/** The statement could have effects or cost too much; it was not sent to the planner. HTTP 400. */
export class QueryPlanRefusedError extends AppError {
  readonly code = 'QUERY_PLAN_REFUSED';
  readonly kind = 'invalid';

  constructor(rule: string, reason: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(`The statement is not explained: ${reason}.`, { rule, reason, ...facts });
  }
}

/** The server could not plan or run the statement: its SQLSTATE, never its text, which may hold data. HTTP 400. */
export class QueryPlanFailedError extends AppError {
  readonly code = 'QUERY_PLAN_FAILED';
  readonly kind = 'invalid';

  constructor(sqlState: string, reason: string, position: number | undefined, cause?: unknown) {
    const where = position === undefined ? '' : ` (character ${position})`;
    super(
      `PostgreSQL refused the statement: ${reason}${where}, SQLSTATE ${sqlState}. Correct it and ask again.`,
      { sqlState, reason, ...(position !== undefined && { position }) },
      { cause },
    );
  }
}

/** A statement with `$n` and without values for them cannot be explained. HTTP 400. */
export class QueryNotExplainableError extends AppError {
  readonly code = 'QUERY_PLAN_NOT_EXPLAINABLE';
  readonly kind = 'invalid';

  constructor(reason: string, cause?: unknown) {
    super(
      `The statement cannot be explained without its values: ${reason}. Send them as "params", or add a cast to the parameter.`,
      { reason },
      { cause },
    );
  }
}

/** Planning or running took too long, or waited for a lock; it was ended. HTTP 503. */
export class QueryPlanTimeoutError extends AppError {
  readonly code = 'QUERY_PLAN_TIMEOUT';
  readonly kind = 'unavailable';

  constructor(sqlState: string, limitMs: number, cause?: unknown) {
    super(
      `The plan was not there within ${limitMs} ms (SQLSTATE ${sqlState}). Ask without "analyze", or for a smaller statement.`,
      { sqlState, limitMs },
      { cause },
    );
  }
}

/** A table of the statement is locked by somebody, so that not even its definition can be read. HTTP 503. */
export class QueryPlanLockedError extends AppError {
  readonly code = 'QUERY_PLAN_LOCKED';
  readonly kind = 'unavailable';

  constructor(waitedMs: number, cause?: unknown) {
    super(
      `A table of the statement was locked for more than ${waitedMs} ms. See GET /metrics/database-locks for who holds it, and ask again.`,
      { waitedMs },
      { cause },
    );
  }
}

/** Other statements are being explained; one runs at a time. HTTP 503. */
export class QueryPlanBusyError extends AppError {
  readonly code = 'QUERY_PLAN_BUSY';
  readonly kind = 'unavailable';

  constructor(waiting: number) {
    super(`Too many statements are being explained: ${waiting} wait already. Try again in a few seconds.`, {
      waiting,
    });
  }
}

/** More plans were asked for than an operator needs. HTTP 429. */
export class QueryPlanRateLimitedError extends AppError {
  readonly code = 'QUERY_PLAN_RATE_LIMITED';
  readonly kind = 'limited';

  constructor(perMinute: number, retryAfterMs: number) {
    super(
      `More than ${perMinute} plans were asked for within a minute. Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
      { perMinute, retryAfterMs },
    );
  }
}

/** Statements are planned here and never run. HTTP 403. */
export class QueryPlanAnalyzeOffError extends AppError {
  readonly code = 'QUERY_PLAN_ANALYZE_OFF';
  readonly kind = 'forbidden';

  constructor() {
    super('"analyze" would run the statement, and QUERY_PLAN_ANALYZE_ENABLED is false. Ask without it.');
  }
}

/** The command line of the index advisor is not usable; exit code 2. */
export class AdviceUsageError extends AppError {
  readonly code = 'ADVICE_USAGE_INVALID';
  readonly kind = 'invalid';

  constructor(reason: string) {
    super(`${reason} See: npm run advise -- --help`, { reason });
  }
}
