import { AppError, type ErrorKind } from '../../kernel/app-error.js';

/**
 * An error of the HTTP layer itself that wants a more exact status than its kind gives. Only the platform's
 * HTTP code and the edges extend it; features stay with AppError and its kinds.
 */
export abstract class HttpError extends AppError {
  abstract readonly status: number;
  /** Headers the status asks for, such as Allow. */
  readonly headers: Readonly<Record<string, string>> = {};
}

/** The body is not valid JSON, nests too deep, ended early, or its compression is broken. HTTP 400. */
export class MalformedBodyError extends HttpError {
  readonly code = 'HTTP_BODY_MALFORMED';
  readonly kind = 'invalid';
  readonly status = 400;

  constructor(reason: string, cause?: unknown) {
    super(`The body cannot be read: ${reason}. Send one complete JSON value.`, { reason }, { cause });
  }
}

/** The body is longer than this route takes. HTTP 413. */
export class BodyTooLargeError extends HttpError {
  readonly code = 'HTTP_BODY_TOO_LARGE';
  readonly kind = 'invalid';
  readonly status = 413;

  constructor(maxBytes: number) {
    super(`The body is longer than ${maxBytes} bytes. Send it in smaller parts.`, { maxBytes });
  }
}

/** The bodies of other requests take all the memory there is for bodies. HTTP 503. */
export class BodiesBusyError extends AppError {
  readonly code = 'HTTP_BODIES_BUSY';
  readonly kind = 'unavailable';

  constructor(maxBytes: number) {
    super(
      `Bodies of more than ${maxBytes} bytes are being worked on. Try again in a few seconds, or send a stream.`,
      { maxBytes },
    );
  }
}

/** The body is neither JSON nor a stream that is taken here. HTTP 415. */
export class UnsupportedMediaTypeError extends HttpError {
  readonly code = 'HTTP_MEDIA_TYPE_UNSUPPORTED';
  readonly kind = 'invalid';
  readonly status = 415;

  constructor(mediaType: string) {
    super(
      `The content type "${mediaType.slice(0, 100)}" is not supported. Send application/json, or application/x-ndjson or text/csv where a stream is taken.`,
      { mediaType: mediaType.slice(0, 100) },
    );
  }
}

/** The body's Content-Encoding or charset is not supported. HTTP 415. */
export class UnsupportedEncodingError extends HttpError {
  readonly code = 'HTTP_ENCODING_UNSUPPORTED';
  readonly kind = 'invalid';
  readonly status = 415;

  constructor(encoding: string) {
    super(
      `The encoding "${encoding.slice(0, 100)}" is not supported. Send UTF-8, plain or with gzip, deflate or br; streams plain.`,
      { encoding: encoding.slice(0, 100) },
    );
  }
}

/** The whole body did not arrive in time; the connection is closed. HTTP 408. */
export class BodyTimeoutError extends HttpError {
  readonly code = 'HTTP_BODY_TIMEOUT';
  readonly kind = 'invalid';
  readonly status = 408;
  override readonly headers = { Connection: 'close' };

  constructor(waitedMs: number) {
    super(`The body did not arrive within ${waitedMs} ms. Send it faster or in smaller parts.`, { waitedMs });
  }
}

/** One field of the input that is wrong. */
export interface InputIssue {
  /** Dotted path from the root of the body or query; empty for the root itself. */
  readonly path: string;
  readonly message: string;
}

/** Body, query or parameters do not match the schema of the route. HTTP 400. */
export class InvalidInputError extends AppError {
  readonly code = 'HTTP_INPUT_INVALID';
  readonly kind = 'invalid';

  /** @param issues at most as many as should be shown; `issueCount` is the number found */
  constructor(issues: readonly InputIssue[], issueCount: number) {
    const [first] = issues;
    const place = first?.path ? ` at "${first.path}"` : '';
    super(
      `The input is not valid${place}: ${first?.message ?? 'unknown reason'}. Correct it and send it again.`,
      {
        issues,
        issueCount,
      },
    );
  }
}

/** No route has this path. HTTP 404. */
export class RouteNotFoundError extends HttpError {
  readonly code = 'HTTP_ROUTE_NOT_FOUND';
  readonly kind = 'not_found';
  readonly status = 404;

  constructor(method: string, path: string) {
    super(`There is no route ${method} ${path.slice(0, 200)}. GET /docs lists the routes.`, { method });
  }
}

/** The path exists, but not for this method. HTTP 405. */
export class MethodNotAllowedError extends HttpError {
  readonly code = 'HTTP_METHOD_NOT_ALLOWED';
  readonly kind = 'invalid';
  readonly status = 405;
  override readonly headers: { readonly Allow: string };

  constructor(method: string, allowed: readonly string[]) {
    super(`This path does not take ${method}; it takes ${allowed.join(', ')}.`, { method, allowed });
    this.headers = { Allow: allowed.join(', ') };
  }
}

/** The path holds a percent escape that is no UTF-8 text. HTTP 400. */
export class MalformedPathError extends HttpError {
  readonly code = 'HTTP_PATH_MALFORMED';
  readonly kind = 'invalid';
  readonly status = 400;

  constructor() {
    super('The path holds a percent escape that cannot be decoded. Encode it as UTF-8.');
  }
}

/** More requests than the limit in the present window. HTTP 429. */
export class RateLimitedError extends AppError {
  readonly code = 'HTTP_RATE_LIMITED';
  readonly kind = 'limited';

  constructor(limitPerMinute: number, retryAfterMs: number) {
    super(
      `More than ${limitPerMinute} requests came within a minute. Wait ${Math.ceil(retryAfterMs / 1_000)} s, or send several items in one request.`,
      { limitPerMinute, retryAfterMs },
    );
  }
}

/** A request that the framework refused before any handler saw it. HTTP 4xx. */
export class RefusedRequestError extends HttpError {
  readonly code = 'HTTP_REQUEST_REFUSED';
  readonly kind: ErrorKind = 'invalid';

  constructor(
    readonly status: number,
    reason: string,
    cause: unknown,
  ) {
    super(`The request was refused: ${reason.slice(0, 300)}`, {}, { cause });
  }
}

/** Something unforeseen; the log has it under the request id. HTTP 500. */
export class UnexpectedError extends AppError {
  readonly code = 'HTTP_INTERNAL';
  readonly kind = 'internal';

  constructor(cause: unknown) {
    super('The server failed unexpectedly. The log has the reason under this request id.', {}, { cause });
  }
}
