import type { Provider } from '@nestjs/common';
import { QUERY_INSIGHTS_CONFIG, type QueryInsightsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Logger } from '../../platform/logging/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import { RecordedWorkload } from '../advice/recorded-workload.js';
import { ProfileLife } from './profile-life.js';
import { ProfiledWorkload } from './profiled-workload.js';
import { QueryProfile } from './query-profile.js';

/** The profile of statements, and its life. */
export const PROFILE_PROVIDERS: Provider[] = [
  {
    provide: QueryProfile,
    inject: [QUERY_INSIGHTS_CONFIG, Clock, Logger, MetricRegistry],
    useFactory: (
      { slowMs }: QueryInsightsConfig,
      clock: Clock,
      logger: Logger,
      registry: MetricRegistry,
    ): QueryProfile => new QueryProfile({ slowMs, clock, logger, registry }),
  },
  ProfileLife,
  { provide: RecordedWorkload, useClass: ProfiledWorkload },
];
