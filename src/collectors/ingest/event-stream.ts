import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../platform/database/index.js';
import { InvalidEventError, StreamEndedError } from '../errors.js';
import { AcceptedTimes } from './accepted-times.js';
import type { IngestReport } from './idempotent-requests.js';
import { EventWriter } from './event-writer.js';
import { IngestRequestRepository } from './ingest-request.repository.js';
import { LINE_MAX_BYTES, LineSplitter, type SplitLines } from './line-splitter.js';
import { type LineProblem, StreamedRequest } from './streamed-request.js';

/** A pause after which what has arrived is stored, so that a slow stream is seen while it runs. */
const FLUSH_AFTER_MS = 250;

/** An NDJSON body on its way. */
export interface EventLines {
  readonly tenantId: string;
  /** Decoded bytes; an error of it means that the sender went away or the encoding is broken. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly idempotencyKey?: string;
  /** Longest pause between two chunks. */
  readonly idleMs: number;
  /** Aborts when the server is stopping. */
  readonly stopping: AbortSignal;
}

/**
 * Takes in an NDJSON stream of any length with constant memory. Everything before a bad line, a cut or a
 * long pause is stored. With an Idempotency-Key the progress is stored with the events, so the same stream
 * sent again goes on where the last one ended.
 */
@Injectable()
export class EventStream {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly times: AcceptedTimes,
    private readonly writer: EventWriter,
    private readonly requests: IngestRequestRepository,
  ) {}

  /** @throws InvalidEventError, StreamEndedError, IdempotencyKeyReusedError, IdempotencyKeyInUseError, SeriesLimitError */
  async ingest(lines: EventLines): Promise<IngestReport> {
    const request = await this.open(lines);
    try {
      await this.pump(lines, request);
    } catch (error) {
      await request.flush();
      throw error;
    }
    return request.complete();
  }

  private async open({ tenantId, idempotencyKey: key }: EventLines): Promise<StreamedRequest> {
    const earlier =
      key === undefined
        ? undefined
        : await this.requests.find(this.db, { tenantId, endpoint: 'events', key });
    // Whoever stored what is skipped now may have ended before it told anybody. Skipped lines are not parsed.
    if (earlier !== undefined) await this.writer.announce(tenantId, 'all');
    return new StreamedRequest(
      { tenantId, ...(key !== undefined && { key }), ...(earlier && { earlier }) },
      { clock: this.clock, times: this.times, writer: this.writer, requests: this.requests },
    );
  }

  private async pump(lines: EventLines, request: StreamedRequest): Promise<void> {
    const splitter = new LineSplitter();
    for await (const chunk of this.chunks(lines, request)) {
      await takeLines(request, splitter.push(chunk));
      if (splitter.isOverlong) {
        await refuse(request, request.nextLineProblem(`it has more than ${LINE_MAX_BYTES} bytes`));
      }
    }
    await takeLines(request, splitter.end());
  }

  /** The chunks of the body as they arrive; a pause flushes, a long one and a stopping server end the stream. */
  private async *chunks(lines: EventLines, request: StreamedRequest): AsyncGenerator<Uint8Array> {
    // Not closed when this ends early: closing waits for the chunk that never comes, and would take the
    // connection away before the answer. Whoever owns the body ends it.
    const iterator = lines.body[Symbol.asyncIterator]();
    for (;;) {
      const next = iterator.next().catch(async (cause: unknown) => {
        await request.flush();
        throw new StreamEndedError('cut', request.storedCount, cause);
      });
      const result = await this.waitFor(next, lines, request);
      if (result.done === true) return;
      yield result.value;
    }
  }

  private async waitFor<T>(
    next: Promise<T>,
    { idleMs, stopping }: EventLines,
    request: StreamedRequest,
  ): Promise<T> {
    const startedAt = this.clock.monotonic();
    for (;;) {
      const arrived = await firstOf(next, this.clock, FLUSH_AFTER_MS, stopping);
      if (arrived !== undefined) return arrived.value;
      await request.flush();
      if (stopping.aborted) throw new StreamEndedError('stopping', request.storedCount);
      if (this.clock.monotonic() - startedAt >= idleMs)
        throw new StreamEndedError('idle', request.storedCount);
    }
  }
}

async function takeLines(request: StreamedRequest, { lines, isBroken }: SplitLines): Promise<void> {
  const problem = await request.take(lines);
  if (problem !== undefined) await refuse(request, problem);
  if (isBroken) await refuse(request, request.nextLineProblem('it is not UTF-8'));
}

async function refuse(request: StreamedRequest, { line, issues }: LineProblem): Promise<never> {
  await request.flush();
  throw new InvalidEventError(issues, { line, accepted: request.storedCount });
}

/** What `next` gives, or `undefined` when `waitMs` pass or `signal` aborts before. */
async function firstOf<T>(
  next: Promise<T>,
  clock: Clock,
  waitMs: number,
  signal: AbortSignal,
): Promise<{ readonly value: T } | undefined> {
  const pause = new AbortController();
  const endPause = (): void => {
    pause.abort();
  };
  if (signal.aborted) endPause();
  signal.addEventListener('abort', endPause, { once: true });
  const paused = clock.sleep(waitMs, pause.signal).then(() => undefined);
  try {
    return await Promise.race([next.then((value) => ({ value })), paused]);
  } finally {
    endPause();
    signal.removeEventListener('abort', endPause);
  }
}
