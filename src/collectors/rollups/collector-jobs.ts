import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { HOUR_MS, MINUTE_MS } from '../time.js';
import { Partitions } from './partitions.js';
import { Retention } from './retention.js';
import { RollupRefresher } from './rollup-refresher.js';

/** Refreshing may take this share of the time: under heavy ingest the pauses grow with the work. */
const REFRESH_SHARE = 0.25;

/** Bound of SPEC M2: rollups are never older, whatever the load. Readers do not depend on it. */
const LONGEST_PAUSE_MS = 5 * MINUTE_MS;

/** What the module does in the background: rollups every few seconds, partitions and retention every hour. */
@Injectable()
export class CollectorJobs implements OnModuleInit {
  constructor(
    private readonly jobs: BackgroundJobs,
    private readonly refresher: RollupRefresher,
    private readonly partitions: Partitions,
    private readonly retention: Retention,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    // Before the first request: an event without its partition could not be stored.
    await this.partitions.ensure();
    const everyMs = this.config.rollupIntervalMs;
    this.jobs.register({
      name: 'rollup-refresh',
      everyMs,
      nextDelayMs: (lastMs) =>
        Math.min(LONGEST_PAUSE_MS, Math.max(everyMs, lastMs * (1 / REFRESH_SHARE - 1))),
      run: async (signal) => {
        await this.refresher.refresh(signal);
      },
    });
    this.jobs.register({
      name: 'collectors-retention',
      everyMs: HOUR_MS,
      firstDelayMs: MINUTE_MS,
      isLeaderOnly: true,
      run: (signal) => this.retention.apply(signal),
    });
  }
}
