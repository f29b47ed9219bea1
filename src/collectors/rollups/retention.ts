import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { RetentionFailedError } from '../errors.js';
import { IngestEffects } from '../ingest/ingest-effects.js';
import { DAY_MS, floorDay } from '../time.js';
import { Partitions } from './partitions.js';
import { RetentionRepository } from './retention.repository.js';

/** An Idempotency-Key is remembered this long after its last use. */
const REQUEST_RETENTION_DAYS = 7;

/** Rows one statement deletes: bounds how long it runs and what it locks. */
const ROWS_PER_STATEMENT = 10_000;

/** One thing retention does; it deletes up to `limit` rows and says how many it deleted. */
type Deletion = (limit: number) => Promise<number>;

/** Drops what is older than its retention. Safe to repeat, and to stop anywhere. */
@Injectable()
export class Retention {
  constructor(
    private readonly clock: Clock,
    private readonly partitions: Partitions,
    private readonly rows: RetentionRepository,
    private readonly effects: IngestEffects,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /**
   * Does every step, whatever becomes of the others.
   * @throws RetentionFailedError COLLECTORS_RETENTION_FAILED, naming the steps that failed
   */
  async apply(signal?: AbortSignal): Promise<void> {
    // Whole days go: a day is merged from its hours, so none of them may outlive another.
    const hours = floorDay(this.daysAgo(this.config.hourlyRetentionDays));
    const days = floorDay(this.daysAgo(this.config.dailyRetentionDays));
    const runs = this.daysAgo(this.config.rawRetentionDays);
    const requests = this.daysAgo(REQUEST_RETENTION_DAYS);
    const steps: Record<string, () => Promise<void>> = {
      'make partitions': () => this.partitions.ensure(),
      'drop partitions': () => this.partitions.dropExpired(),
      'hourly rollups': () => this.deleteAll((limit) => this.rows.forgetHours(hours, limit), signal),
      'daily rollups': () => this.deleteAll((limit) => this.rows.forgetDays(days, limit), signal),
      'scheduler runs': () => this.deleteAll((limit) => this.rows.forgetSchedulerRuns(runs, limit), signal),
      'request keys': () => this.deleteAll((limit) => this.rows.forgetRequests(requests, limit), signal),
    };
    const failures: [step: string, error: unknown][] = [];
    for (const [step, run] of Object.entries(steps)) {
      if (signal?.aborted) break;
      await run().catch((error: unknown) => failures.push([step, error]));
    }
    await this.effects.expired();
    if (failures.length > 0) throw new RetentionFailedError(failures);
  }

  private async deleteAll(deletion: Deletion, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      if ((await deletion(ROWS_PER_STATEMENT)) < ROWS_PER_STATEMENT) return;
    }
  }

  private daysAgo(days: number): Date {
    return new Date(this.clock.now().getTime() - days * DAY_MS);
  }
}
