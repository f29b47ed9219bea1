import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { CacheService } from '../cache/index.js';
import { LockService } from '../locks/index.js';
import { PoolService } from '../pool/index.js';
import { HealthIndicators } from '../platform/health/index.js';
import { BackgroundJobs } from '../platform/scheduling/index.js';
import { MetricRegistry, ProcessVitals } from '../platform/telemetry/index.js';
import { PerformanceHealth } from './health/performance-health.js';
import { History } from './history/history.js';
import { HistoryJobs, HistorySteps } from './history/history-jobs.js';
import { HistoryPartitionRepository } from './history/history-partitions.repository.js';
import { Installation } from './history/installation.js';
import { HistoryRepository } from './history/history.repository.js';
import { applicationIndicators } from './indicators/application-indicators.js';
import { cacheIndicators } from './indicators/cache-indicators.js';
import { databaseIndicators } from './indicators/database-indicators.js';
import { lockIndicators } from './indicators/lock-indicators.js';
import { Reachability } from './indicators/reachability.js';
import { PerformanceService } from './performance.service.js';
import { Sampler } from './sampling/sampler.js';

const STEP_MS = 10_000;

const ASK_EVERY_MS = 2_000;

/** Registers what the pool and its statements say. */
@Injectable()
export class DatabaseHealth implements OnModuleInit {
  constructor(
    private readonly indicators: HealthIndicators,
    private readonly pool: PoolService,
    private readonly registry: MetricRegistry,
    private readonly reachability: Reachability,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    const { pool, registry, reachability } = this;
    const database = databaseIndicators({ pool, registry, reachability });
    this.indicators.register(...database.indicators);
    this.jobs.register({ name: 'health-database', everyMs: ASK_EVERY_MS, run: () => reachability.ask() });
    this.jobs.register({
      name: 'health-statements',
      everyMs: STEP_MS,
      run: () => {
        database.step();
        return Promise.resolve();
      },
    });
  }
}

/** Registers the indicators of cache, process and locks; other modules register their own. */
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
    Installation,
    PerformanceService,
    Reachability,
    DatabaseHealth,
    OwnIndicators,
  ],
  exports: [PerformanceService],
})
export class PerformanceModule {}
