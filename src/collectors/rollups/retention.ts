import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { DAY_MS } from '../time.js';
import { Partitions } from './partitions.js';
import { RetentionRepository } from './retention.repository.js';

/** An Idempotency-Key is remembered this long after its last use. */
const REQUEST_RETENTION_DAYS = 7;

/** Drops what is older than its retention. Safe to repeat. */
@Injectable()
export class Retention {
  constructor(
    private readonly clock: Clock,
    private readonly partitions: Partitions,
    private readonly rows: RetentionRepository,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  async apply(): Promise<void> {
    await this.partitions.ensure();
    await this.partitions.dropExpired();
    await this.rows.forgetHours(this.daysAgo(this.config.hourlyRetentionDays));
    await this.rows.forgetDays(this.daysAgo(this.config.dailyRetentionDays));
    await this.rows.forgetSchedulerRuns(this.daysAgo(this.config.rawRetentionDays));
    await this.rows.forgetRequests(this.daysAgo(REQUEST_RETENTION_DAYS));
  }

  private daysAgo(days: number): Date {
    return new Date(this.clock.now().getTime() - days * DAY_MS);
  }
}
