import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../platform/database/index.js';
import { AcceptedTimes } from '../ingest/accepted-times.js';
import { IdempotentRequests, type IngestReport } from '../ingest/idempotent-requests.js';
import type { SchedulerRun } from './scheduler-run.js';
import { SchedulerRunRepository, type StoredRun } from './scheduler-run.repository.js';

/** Runs of one request; they are stored together. */
export interface SchedulerRunBatch {
  readonly tenantId: string;
  readonly runs: readonly SchedulerRun[];
  /** Where the runs stand in the body, for messages: "runs", or "" when the body is a single run. */
  readonly path: string;
  readonly idempotency?: { readonly key: string; readonly digest: Buffer };
}

/** Takes in runs of the collectors' scheduled jobs: all of a request or none, and once. */
@Injectable()
export class SchedulerRuns {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly repository: SchedulerRunRepository,
    private readonly requests: IdempotentRequests,
    private readonly times: AcceptedTimes,
  ) {}

  /** @throws InvalidEventError, IdempotencyKeyReusedError, IdempotencyKeyInUseError */
  async ingest({ tenantId, runs, path, idempotency }: SchedulerRunBatch): Promise<IngestReport> {
    const stored = runs.map((run) => this.resolveStart(run));
    this.times.demand(
      stored.map(({ startedAt }) => startedAt.toISOString()),
      { list: path, field: 'startedAt' },
    );
    const request = {
      rowCount: runs.length,
      ...(idempotency && { idempotency: { tenantId, endpoint: 'scheduler' as const, ...idempotency } }),
    };
    return this.requests.store(request, (withRows) =>
      this.db.transaction(async (tx) => {
        await withRows?.(tx);
        await this.repository.insert(tx, tenantId, stored);
      }),
    );
  }

  private resolveStart({ startedAt, itemsProcessed, errorMessage, ...run }: SchedulerRun): StoredRun {
    const start = startedAt ? Date.parse(startedAt) : this.clock.now().getTime() - run.durationMs;
    return {
      ...run,
      startedAt: new Date(start),
      itemsProcessed: itemsProcessed ?? null,
      errorMessage: errorMessage ?? null,
    };
  }
}
