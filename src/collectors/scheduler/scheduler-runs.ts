import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../platform/database/index.js';
import { InvalidEventError } from '../errors.js';
import { acceptedTime } from '../ingest/event.js';
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
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /** @throws InvalidEventError, IdempotencyKeyReusedError, IdempotencyKeyInUseError */
  ingest({ tenantId, runs, path, idempotency }: SchedulerRunBatch): Promise<IngestReport> {
    const stored = runs.map((run) => this.resolveStart(run));
    this.refuseWrongTimes(stored, path);
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

  private refuseWrongTimes(runs: readonly StoredRun[], path: string): void {
    const { earliest, latest } = acceptedTime(this.clock.now(), this.config.rawRetentionDays);
    const bounds = `${earliest.toISOString()} and ${latest.toISOString()}`;
    const issues = runs.flatMap(({ startedAt }, index) =>
      startedAt >= earliest && startedAt <= latest
        ? []
        : [
            {
              path: path === '' ? 'startedAt' : `${path}.${index}.startedAt`,
              message: `must lie between ${bounds}`,
            },
          ],
    );
    if (issues.length > 0) throw new InvalidEventError(issues.slice(0, 20));
  }
}
