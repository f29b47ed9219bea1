import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { CacheService } from '../cache/index.js';
import { LockService } from '../locks/index.js';
import { HealthIndicators } from '../platform/health/index.js';
import { BackgroundJobs } from '../platform/scheduling/index.js';
import { ProcessVitals } from '../platform/telemetry/index.js';
import { PerformanceHealth } from './health/performance-health.js';
import { History } from './history/history.js';
import { HistoryJobs, HistorySteps } from './history/history-jobs.js';
import { HistoryPartitionRepository } from './history/history-partitions.repository.js';
import { HistoryRepository } from './history/history.repository.js';
import { applicationIndicators } from './indicators/application-indicators.js';
import { cacheIndicators } from './indicators/cache-indicators.js';
import { lockIndicators } from './indicators/lock-indicators.js';
import { PerformanceService } from './performance.service.js';
import { Sampler } from './sampling/sampler.js';

const STEP_MS = 10_000;

/** Registers the indicators of what this module may look at; others register their own. */
@Injectable()
export class OwnIndicators implements OnModuleInit {
  constructor(
    private readonly indicators: HealthIndicators,
    private readonly cache: CacheService,
    private readonly locks: LockService,
    private readonly vitals: ProcessVitals,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    const locks = lockIndicators(this.locks);
    this.indicators.register(
      ...cacheIndicators(this.cache),
      ...applicationIndicators(this.vitals, this.jobs),
      ...locks.indicators,
    );
    this.jobs.register({
      name: 'health-counts',
      everyMs: STEP_MS,
      run: () => {
        locks.step();
        return Promise.resolve();
      },
    });
  }
}

/** Health of this instance, judged from what its modules say, and its past. */
@Module({
  providers: [
    PerformanceHealth,
    Sampler,
    HistoryRepository,
    HistoryPartitionRepository,
    HistorySteps,
    HistoryJobs,
    History,
    PerformanceService,
    OwnIndicators,
  ],
  exports: [PerformanceService],
})
export class PerformanceModule {}
