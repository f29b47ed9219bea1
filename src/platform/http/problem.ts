import { STATUS_CODES } from 'node:http';
import type { AppError, ErrorDetails, ErrorKind } from '../../kernel/app-error.js';
import { HttpError } from './errors.js';

/** Media type of every error answer. */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** An error answer as in RFC 9457, plus `code`, `details` and the request id. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly details: ErrorDetails;
  readonly requestId?: string;
}

/** Where the error happened. */
export interface ProblemPlace {
  /** Path without the query, which may hold what must not be repeated. */
  readonly path: string;
  readonly requestId?: string;
}

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  outdated: 412,
  limited: 429,
  unavailable: 503,
  internal: 500,
};

/** Told to clients of an unavailable feature unless the error knows better. */
const DEFAULT_RETRY_AFTER_MS = 2_000;

/** Status of an error: the one it names, or that of its kind. */
export function statusOf(error: AppError): number {
  return error instanceof HttpError ? error.status : STATUS_OF_KIND[error.kind];
}

/** The body of the answer. Messages of internal errors stay inside: they may name hosts or statements. */
export function toProblem(error: AppError, { path, requestId }: ProblemPlace): Problem {
  const status = statusOf(error);
  const isInternal = error.kind === 'internal';
  return {
    type: `urn:plimsoll:error:${error.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail:
      isInternal && error.code !== 'HTTP_INTERNAL'
        ? 'The server failed. The log has the reason under this request id.'
        : error.message,
    instance: path,
    code: error.code,
    details: isInternal ? {} : error.details,
    ...(requestId !== undefined && { requestId }),
  };
}

/** Headers that the error or its kind asks for. */
export function problemHeaders(error: AppError): Record<string, string> {
  const own = error instanceof HttpError ? error.headers : {};
  return { 'Cache-Control': 'no-store', ...headersOfKind(error), ...own };
}

function headersOfKind({ kind, details }: AppError): Record<string, string> {
  if (kind === 'unauthenticated') return { 'WWW-Authenticate': 'Bearer realm="plimsoll"' };
  if (kind !== 'unavailable' && kind !== 'limited') return {};
  const retryAfterMs = details['retryAfterMs'];
  const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : DEFAULT_RETRY_AFTER_MS;
  return { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) };
}
