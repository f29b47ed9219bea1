import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { QUERY_INSIGHTS_CONFIG, type QueryInsightsConfig } from '../../config/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { Monitors } from './monitors.js';
import { Pace } from './pace.js';

const SECOND_MS = 1_000;
const ACTIVITY_EVERY_MS = SECOND_MS;
const DATABASE_EVERY_MS = 10 * SECOND_MS;
const RELATIONS_EVERY_MS = 60 * SECOND_MS;
/** The first look comes soon, so that figures are there. */
const FIRST_LOOK_MS = SECOND_MS;

/** Looks at the server, often at what is cheap and seldom at what is not. */
@Injectable()
export class MonitorsLife implements OnModuleInit {
  constructor(
    private readonly monitors: Monitors,
    private readonly jobs: BackgroundJobs,
    @Inject(QUERY_INSIGHTS_CONFIG) private readonly config: QueryInsightsConfig,
  ) {}

  onModuleInit(): void {
    if (!this.config.isMonitoringEnabled) return;
    const { monitors } = this;
    this.register('query-activity', ACTIVITY_EVERY_MS, () => monitors.lookAtActivity());
    this.register('query-database', DATABASE_EVERY_MS, () => monitors.lookAtDatabase());
    this.register('query-relations', RELATIONS_EVERY_MS, () => monitors.lookAtRelations());
    this.register('query-server-statements', this.config.statementsIntervalMs, () =>
      monitors.lookAtStatements(),
    );
  }

  private register(name: string, everyMs: number, look: () => Promise<void>): void {
    const pace = new Pace(everyMs);
    this.jobs.register({
      name,
      everyMs,
      firstDelayMs: FIRST_LOOK_MS,
      nextDelayMs: (durationMs) => pace.nextDelayMs(durationMs),
      run: () => pace.run(look),
    });
  }
}
