import express, { type Request, type RequestHandler } from 'express';
import type { Clock } from '../../kernel/clock.js';
import {
  BodyTimeoutError,
  BodyTooLargeError,
  type HttpError,
  MalformedBodyError,
  UnsupportedEncodingError,
  UnsupportedMediaTypeError,
} from './errors.js';

/** A limit of its own for the routes under one path. */
export interface BodyLimit {
  /** Lower case, without a slash at the end. */
  readonly path: string;
  readonly maxBytes: number;
}

/** What bodies may be. */
export interface BodyRules {
  readonly maxBytes: number;
  readonly limits: readonly BodyLimit[];
  readonly deadlineMs: number;
}

const STREAM_TYPES = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);
const JSON_TYPE = /^application\/(json|[\w.-]+\+json)$/;

/** How long an answered client may go on sending before it is cut off; its bytes are thrown away. */
const LINGER_MS = 2_000;

/**
 * Reads JSON bodies into `request.body`; leaves NDJSON unread, as a stream for its handler; refuses the
 * rest. A JSON body must arrive whole within the deadline: Node's own bound is off, because it would cut
 * streams as well.
 */
export function readBodies(rules: BodyRules, clock: Clock): RequestHandler {
  const parsers = new Map<number, RequestHandler>();
  const parserFor = (maxBytes: number): RequestHandler => {
    const parser =
      parsers.get(maxBytes) ?? express.json({ limit: maxBytes, strict: false, type: () => true });
    parsers.set(maxBytes, parser);
    return parser;
  };
  return (request, response, next) => {
    response.once('finish', () => {
      cutOffUnread(request, clock);
    });
    const maxBytes = limitFor(request.path, rules);
    const refusal = refusalOf(request, maxBytes);
    if (refusal !== undefined || !hasBody(request) || isNdjson(request)) {
      next(refusal);
      return;
    }
    let isSettled = false;
    const settle = (error?: unknown): void => {
      if (isSettled) return;
      isSettled = true;
      deadline.cancel();
      next(error);
    };
    const deadline = clock.after(rules.deadlineMs, () => {
      settle(new BodyTimeoutError(rules.deadlineMs));
    });
    void parserFor(maxBytes)(request, response, (error?: unknown) => {
      settle(error === undefined ? undefined : translate(error, maxBytes));
    });
  };
}

/** Why the body is not even read; undefined when it may be. */
function refusalOf(request: Request, maxBytes: number): HttpError | undefined {
  if (!hasBody(request)) return undefined;
  const type = mediaTypeOf(request);
  if (STREAM_TYPES.has(type)) return streamRefusal(request);
  if (!JSON_TYPE.test(type)) return new UnsupportedMediaTypeError(type);
  // The parser would read a declared body to its end before it complains.
  return Number(request.get('content-length')) > maxBytes ? new BodyTooLargeError(maxBytes) : undefined;
}

/** True when the request has an unread NDJSON stream for its handler. */
export function isNdjson(request: Request): boolean {
  return hasBody(request) && STREAM_TYPES.has(mediaTypeOf(request));
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function mediaTypeOf(request: Request): string {
  return (request.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function streamRefusal(request: Request): UnsupportedEncodingError | undefined {
  const encoding = request.get('content-encoding')?.toLowerCase() ?? 'identity';
  return encoding === 'identity' ? undefined : new UnsupportedEncodingError(encoding);
}

function limitFor(path: string, { limits, maxBytes }: BodyRules): number {
  const lower = path.toLowerCase();
  return (
    limits.find((limit) => lower === limit.path || lower.startsWith(`${limit.path}/`))?.maxBytes ?? maxBytes
  );
}

/** After an answer that did not wait for the body: without a bound the client could send for ever. */
function cutOffUnread(request: Request, clock: Clock): void {
  if (request.complete) return;
  // A reader that gave up would hold the rest back, and the client's next request on this connection with it.
  request.removeAllListeners('readable');
  request.resume();
  clock.after(LINGER_MS, () => {
    if (!request.complete) request.socket.destroy();
  });
}

/** The typed form of what the body parser reports; it names its reasons in `type`. */
function translate(error: unknown, maxBytes: number): unknown {
  if (!(error instanceof Error)) return error;
  const { type, charset, encoding } = error as { type?: unknown; charset?: unknown; encoding?: unknown };
  if (type === 'entity.too.large') return new BodyTooLargeError(maxBytes);
  if (type === 'charset.unsupported') return new UnsupportedEncodingError(String(charset));
  if (type === 'encoding.unsupported') return new UnsupportedEncodingError(String(encoding));
  if (type === 'request.aborted' || type === 'request.size.invalid') {
    return new MalformedBodyError('it ended before its declared length', error);
  }
  const { status } = error as { status?: unknown };
  return status === 400 ? new MalformedBodyError(error.message.slice(0, 200), error) : error;
}
