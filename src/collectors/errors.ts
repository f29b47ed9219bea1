import { AppError } from '../kernel/app-error.js';

/** One event of a request is not valid; of a JSON body nothing was stored, of a stream all that came before it. HTTP 400. */
export class InvalidEventError extends AppError {
  readonly code = 'COLLECTORS_EVENT_INVALID';
  readonly kind = 'invalid';

  /** @param at where: `path` in a JSON body, or `line` of a stream and how many events before it were stored */
  constructor(
    issues: readonly EventIssue[],
    at: { readonly line?: number; readonly accepted?: number } = {},
    cause?: unknown,
  ) {
    const first = issues[0];
    const place =
      at.line === undefined ? (first?.path ?? '') : `line ${at.line}${first?.path ? `, ${first.path}` : ''}`;
    const kept =
      at.accepted === undefined ? 'Nothing was stored' : `The ${at.accepted} events before it are stored`;
    super(
      `${place}: ${first?.message ?? 'not a valid event'}. ${kept}; correct it and send it again.`,
      { issues, ...at },
      { cause },
    );
  }
}

/** What is wrong with which field. */
export interface EventIssue {
  readonly path: string;
  readonly message: string;
}

/** The stream paused or was cut before its end; complete events are stored. HTTP 503. */
export class StreamEndedError extends AppError {
  readonly code = 'COLLECTORS_STREAM_ENDED';
  readonly kind = 'unavailable';

  constructor(reason: 'idle' | 'stopping' | 'cut', accepted: number, cause?: unknown) {
    super(
      `The stream ended early (${reason}); ${accepted} events are stored. ` +
        'Send it again with the same Idempotency-Key: stored events are skipped.',
      { reason, accepted },
      { cause },
    );
  }
}

/** The Idempotency-Key was used before with another body. HTTP 409. */
export class IdempotencyKeyReusedError extends AppError {
  readonly code = 'COLLECTORS_IDEMPOTENCY_KEY_REUSED';
  readonly kind = 'conflict';

  constructor(key: string) {
    super(`Idempotency-Key "${key}" was used with another body. Send this body under a new key.`, { key });
  }
}

/** A request with the same Idempotency-Key is being worked on. HTTP 409. */
export class IdempotencyKeyInUseError extends AppError {
  readonly code = 'COLLECTORS_IDEMPOTENCY_KEY_IN_USE';
  readonly kind = 'conflict';

  constructor(key: string) {
    super(`A request with Idempotency-Key "${key}" is still running. Try again when it has ended.`, { key });
  }
}

/** The tenant has as many series as it may; trying again does not help. HTTP 409. */
export class SeriesLimitError extends AppError {
  readonly code = 'COLLECTORS_SERIES_LIMIT';
  readonly kind = 'conflict';

  constructor(limit: number) {
    super(
      `The tenant already has ${limit} pairs of scraperSource and metricType. ` +
        'Use stable names: ids and dates do not belong in them.',
      { limit },
    );
  }
}

/** The asked window is empty, too long, or would give too many points. HTTP 400. */
export class InvalidWindowError extends AppError {
  readonly code = 'COLLECTORS_WINDOW_INVALID';
  readonly kind = 'invalid';

  constructor(path: string, message: string) {
    super(`${path}: ${message}`, { issues: [{ path, message }] });
  }
}

/** Some steps of retention failed; the others were done, and all are tried again in an hour. */
export class RetentionFailedError extends AppError {
  readonly code = 'COLLECTORS_RETENTION_FAILED';
  readonly kind = 'internal';

  constructor(failures: readonly (readonly [step: string, error: unknown])[]) {
    const steps = failures.map(([step]) => step);
    super(
      `Retention could not finish: ${steps.join(', ')}. It is tried again in an hour; the log has the reasons.`,
      { steps },
      { cause: new AggregateError(failures.map(([, error]) => error)) },
    );
  }
}
