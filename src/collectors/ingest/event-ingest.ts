import { Injectable } from '@nestjs/common';
import { AcceptedTimes } from './accepted-times.js';
import type { CollectorEvent } from './event.js';
import { EventWriter } from './event-writer.js';
import { IdempotentRequests, type IngestReport } from './idempotent-requests.js';

/** Events of one request; they are stored together. */
export interface EventBatch {
  readonly tenantId: string;
  readonly events: readonly CollectorEvent[];
  /** Where the events stand in the body, for messages: "events", or "" when the body is a single event. */
  readonly path: string;
  /** The request's Idempotency-Key and the SHA-256 of its body. */
  readonly idempotency?: { readonly key: string; readonly digest: Buffer };
}

/** Takes in the events of one JSON body: all of them or none, and once, however often it is sent. */
@Injectable()
export class EventIngest {
  constructor(
    private readonly times: AcceptedTimes,
    private readonly writer: EventWriter,
    private readonly requests: IdempotentRequests,
  ) {}

  /** @throws InvalidEventError, IdempotencyKeyReusedError, IdempotencyKeyInUseError, SeriesLimitError */
  async ingest({ tenantId, events, path, idempotency }: EventBatch): Promise<IngestReport> {
    this.times.demand(
      events.map(({ createdAt }) => createdAt),
      { list: path, field: 'createdAt' },
    );
    const request = {
      rowCount: events.length,
      ...(idempotency && { idempotency: { tenantId, endpoint: 'events' as const, ...idempotency } }),
    };
    const report = await this.requests.store(request, (withRows) =>
      this.writer.write(tenantId, events, withRows),
    );
    // Whoever stored them may have ended before it told anybody.
    if (report.isReplay) await this.writer.announce(tenantId, events);
    return report;
  }
}
