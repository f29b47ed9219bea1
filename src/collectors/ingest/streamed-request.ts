import { createHash } from 'node:crypto';
import { Clock } from '../../kernel/clock.js';
import { type EventIssue, IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../errors.js';
import type { AcceptedTimes } from './accepted-times.js';
import { CollectorEvent } from './event.js';
import type { IngestReport } from './idempotent-requests.js';
import type { EventWriter } from './event-writer.js';
import {
  IngestRequestRepository,
  type RequestKey,
  type RequestProgress,
} from './ingest-request.repository.js';

/** Events a transaction: larger ones gain nothing (measured on PostgreSQL 18: 1,000 to 5,000 are equal). */
const EVENTS_PER_TRANSACTION = 1_000;

/** What a streamed request works with. */
export interface StreamedRequestParts {
  readonly clock: Clock;
  readonly times: AcceptedTimes;
  readonly writer: EventWriter;
  readonly requests: IngestRequestRepository;
}

/** Whose request it is, and how far an earlier one with the same Idempotency-Key got. */
export interface StreamedRequestOrigin {
  readonly tenantId: string;
  readonly key?: string;
  readonly earlier?: RequestProgress;
}

/** A line that is no valid event; `line` counts from 1. */
export interface LineProblem {
  readonly line: number;
  readonly issues: readonly EventIssue[];
}

/**
 * One NDJSON request being taken in. Lines become pending events; a full chunk is written while the next
 * lines are parsed, one write at a time. Event lines that an earlier request with the same key has stored
 * are only hashed: when their count is reached, the digests must agree.
 */
export class StreamedRequest {
  private readonly digest = createHash('sha256');
  private pending: CollectorEvent[] = [];
  private lines = 0;
  private events = 0;
  private stored: number;
  private writing: Promise<void> = Promise.resolve();
  private hasFailed = false;

  constructor(
    private readonly origin: StreamedRequestOrigin,
    private readonly parts: StreamedRequestParts,
  ) {
    this.stored = origin.earlier?.acceptedCount ?? 0;
  }

  /** Events stored by now, earlier requests with the same key included. */
  get storedCount(): number {
    return this.stored;
  }

  /** Takes lines up to the first bad one, and says what is wrong with that. */
  async take(lines: readonly string[]): Promise<LineProblem | undefined> {
    for (const line of lines) {
      this.lines += 1;
      const text = line.trim();
      if (text === '') continue;
      const issues = this.takeEvent(text);
      if (issues !== undefined) return { line: this.lines, issues };
      if (this.pending.length >= EVENTS_PER_TRANSACTION) await this.startWriting(false);
    }
    return undefined;
  }

  /** The problem of a line that cannot even be taken: the one after those taken so far. */
  nextLineProblem(message: string): LineProblem {
    return { line: this.lines + 1, issues: [{ path: '', message }] };
  }

  /** Stores everything taken so far. After a failed write nothing more is stored. */
  async flush(): Promise<void> {
    if (this.pending.length > 0 && !this.hasFailed) void this.startWriting(false);
    await this.writing;
  }

  /** Stores the rest and closes the request: the same stream sent again is a replay from now on. */
  async complete(): Promise<IngestReport> {
    const { earlier, key } = this.origin;
    const isReplay = earlier?.isComplete === true;
    if (this.events < (earlier?.acceptedCount ?? 0)) throw new IdempotencyKeyReusedError(key ?? '');
    if (!isReplay) void this.startWriting(true);
    await this.writing;
    return { accepted: this.stored, isReplay };
  }

  private takeEvent(text: string): readonly EventIssue[] | undefined {
    const { earlier } = this.origin;
    if (earlier !== undefined && this.events < earlier.acceptedCount) {
      this.countEvent(text);
      if (this.events === earlier.acceptedCount) this.refuseOtherDigest(earlier);
      return undefined;
    }
    if (earlier?.isComplete) throw new IdempotencyKeyReusedError(this.origin.key ?? '');
    const event = this.parse(text);
    if (Array.isArray(event)) return event;
    this.countEvent(text);
    this.pending.push(event);
    return undefined;
  }

  private countEvent(text: string): void {
    this.events += 1;
    if (this.origin.key !== undefined) this.digest.update(text).update('\n');
  }

  private refuseOtherDigest(earlier: RequestProgress): void {
    if (!this.digest.copy().digest().equals(earlier.digest)) {
      throw new IdempotencyKeyReusedError(this.origin.key ?? '');
    }
  }

  private parse(text: string): CollectorEvent | EventIssue[] {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      return [{ path: '', message: `not JSON: ${error instanceof Error ? error.message : String(error)}` }];
    }
    const parsed = CollectorEvent.safeParse(json);
    if (!parsed.success) {
      return parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    }
    const [message] = this.parts.times.problems([parsed.data.createdAt]);
    return message === undefined ? parsed.data : [{ path: 'createdAt', message }];
  }

  /** Writes what is pending once the write before has ended well, and waits for that one only. */
  private startWriting(isLast: boolean): Promise<void> {
    const previous = this.writing;
    this.writing = previous.then(() => this.write(isLast));
    // Its failure is met at the next await of `writing`; until then it must not count as unhandled.
    this.writing.catch(() => {
      this.hasFailed = true;
    });
    return previous;
  }

  private async write(isLast: boolean): Promise<void> {
    const { tenantId, key } = this.origin;
    const events = this.pending;
    this.pending = [];
    const storedBefore = this.stored;
    const acceptedCount = storedBefore + events.length;
    if (key === undefined) {
      if (events.length > 0) await this.parts.writer.write(tenantId, events);
    } else if (events.length > 0 || isLast) {
      const request: RequestKey = { tenantId, endpoint: 'events', key };
      const progress = { acceptedCount, digest: this.digest.copy().digest(), isComplete: isLast };
      await this.parts.writer.write(tenantId, events, async (tx) => {
        const at = this.parts.clock.now();
        const isMine = await this.parts.requests.advance(tx, request, storedBefore, { ...progress, at });
        if (!isMine) throw new IdempotencyKeyInUseError(key);
      });
    }
    this.stored = acceptedCount;
  }
}
