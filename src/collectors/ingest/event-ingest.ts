import { Injectable } from '@nestjs/common';
import { InvalidEventError } from '../errors.js';
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
    private readonly writer: EventWriter,
    private readonly requests: IdempotentRequests,
  ) {}

  /** @throws InvalidEventError, IdempotencyKeyReusedError, IdempotencyKeyInUseError, SeriesLimitError */
  ingest({ tenantId, events, path, idempotency }: EventBatch): Promise<IngestReport> {
    this.refuseWrongTimes(events, path);
    const request = {
      rowCount: events.length,
      ...(idempotency && { idempotency: { tenantId, endpoint: 'events' as const, ...idempotency } }),
    };
    return this.requests.store(request, (withRows) => this.writer.write(tenantId, events, withRows));
  }

  private refuseWrongTimes(events: readonly CollectorEvent[], path: string): void {
    const issues = this.writer.timeProblems(events).flatMap((message, index) => {
      const place = path === '' ? 'createdAt' : `${path}.${index}.createdAt`;
      return message === undefined ? [] : [{ path: place, message }];
    });
    if (issues.length > 0) throw new InvalidEventError(issues.slice(0, 20));
  }
}
