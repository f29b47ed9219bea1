import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Secret } from '../../config/index.js';
import { AppError } from '../../kernel/app-error.js';
import { ServerUnreachableError, UploadInterruptedError, UploadRefusedError } from './errors.js';
import { readAnswer, type ServerAnswer } from './server-answer.js';

const PATH = '/api/metrics/events';

/** A server that neither reads nor answers for this long is gone. */
const SILENCE_MS = 120_000;

/** Parcels of lines that are made while the connection is busy. */
const PARCELS_AHEAD = 2;

/** System errors after which no connection has ever stood. */
const UNREACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/;

/** Where a stream goes, and under which name. */
export interface UploadTarget {
  readonly url: string;
  readonly apiKey: Secret;
  readonly idempotencyKey: string;
}

/** What the server did with a stream. */
export interface UploadReport {
  readonly accepted: number;
  /** All of it had been stored by an earlier request. */
  readonly isReplay: boolean;
}

/**
 * Posts NDJSON as one request. Lines are asked for only as fast as the server reads them.
 * @throws ServerUnreachableError, UploadInterruptedError, UploadRefusedError, and what `lines` throws
 */
export async function upload(lines: AsyncIterable<string>, target: UploadTarget): Promise<UploadReport> {
  const request = open(target);
  const answering = awaitAnswer(request, target.url);
  const enough = new AbortController();
  const sending = send(lines, request, enough.signal);
  try {
    // An answer may come before the end of the stream: then the rest is not wanted.
    return judge((await Promise.race([answering, sending])) ?? (await answering));
  } finally {
    enough.abort();
    request.destroy();
    await Promise.allSettled([answering, sending]);
  }
}

function open({ url, apiKey, idempotencyKey }: UploadTarget): ClientRequest {
  const start = url.startsWith('https:') ? httpsRequest : httpRequest;
  return start(`${url}${PATH}`, {
    method: 'POST',
    headers: {
      // A server that is asked to close does so with an early answer, and the answer may be lost.
      Connection: 'keep-alive',
      'Content-Type': 'application/x-ndjson',
      Authorization: `Bearer ${apiKey.reveal()}`,
      'Idempotency-Key': idempotencyKey,
    },
  });
}

/** A failing connection is reported by `awaitAnswer`; only what `lines` throws comes from here. */
async function send(
  lines: AsyncIterable<string>,
  request: ClientRequest,
  signal: AbortSignal,
): Promise<undefined> {
  const failures: unknown[] = [];
  const watched = async function* (): AsyncGenerator<string> {
    try {
      yield* lines;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  try {
    await pipeline(Readable.from(watched(), { highWaterMark: PARCELS_AHEAD }), request, { signal });
  } catch {
    for (const failure of failures) throw failure;
  }
  return undefined;
}

async function awaitAnswer(request: ClientRequest, url: string): Promise<ServerAnswer> {
  request.setTimeout(SILENCE_MS, () => request.destroy(new UploadInterruptedError('the server went silent')));
  // After the answer the connection may break, because the rest of the stream is not sent any more.
  request.on('error', () => undefined);
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return await readAnswer(response);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = reasonOf(error);
    throw UNREACHED.test(reason)
      ? new ServerUnreachableError(url, reason, error)
      : new UploadInterruptedError(reason, error);
  }
}

function judge({ status, body, isReplay }: ServerAnswer): UploadReport {
  if (status === 201 && body.accepted !== undefined) return { accepted: body.accepted, isReplay };
  const detail = body.detail ?? 'the answer is not one of Plimsoll: is --url right?';
  if (isTransient(status, body.code))
    throw new UploadInterruptedError(`the server answered ${status}: ${detail}`);
  throw new UploadRefusedError({ status, detail, ...(body.line !== undefined && { line: body.line }) });
}

/** Whether the same upload may succeed later. The number of series is a limit that waiting does not lift. */
function isTransient(status: number, code: string | undefined): boolean {
  if (code === 'COLLECTORS_SERIES_LIMIT') return false;
  return status >= 500 || status === 429 || code === 'COLLECTORS_IDEMPOTENCY_KEY_IN_USE';
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code ?? message ?? error);
}
