import {
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DATABASE_CONFIG, type DatabaseConfig, POOL_CONFIG, type PoolConfig } from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import { Database, MonitorDatabase, SEQUELIZE } from '../platform/database/index.js';
import { Readiness } from '../platform/health/index.js';
import { Logger } from '../platform/logging/index.js';
import { BackgroundJobs } from '../platform/scheduling/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import type { SequelizeInstance } from './connections/driver.js';
import { createPool } from './create-pool.js';
import { PoolService } from './pool.service.js';

const LOOK_EVERY_MS = 1_000;
const LONG_LOOK_EVERY_MS = 5_000;
const SEEK_EVERY_MS = 400;

/** Keeps the watch going, and tells readiness how the pool is. */
@Injectable()
export class PoolLife implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly pool: PoolService,
    @Inject(POOL_CONFIG) private readonly config: PoolConfig,
    private readonly jobs: BackgroundJobs,
    private readonly readiness: Readiness,
  ) {}

  async onModuleInit(): Promise<void> {
    const { jobs, pool, config } = this;
    jobs.register({ name: 'pool-health', everyMs: config.healthCheckMs, run: () => pool.checkHealth() });
    jobs.register({
      name: 'pool-leak-proofs',
      everyMs: SEEK_EVERY_MS,
      run: () => pool.seekLeaks(),
    });
    jobs.register({ name: 'pool-leaks', everyMs: LOOK_EVERY_MS, run: () => pool.inspectHolders() });
    jobs.register({
      name: 'pool-long-running',
      everyMs: LONG_LOOK_EVERY_MS,
      run: () => pool.endLongRunning(),
    });
    if (config.replicaUrls.length > 0) {
      jobs.register({
        name: 'pool-replicas',
        everyMs: config.replicaCheckMs,
        run: () => pool.checkReplicas(),
      });
      await pool.checkReplicas();
    }
    this.readiness.register({ name: 'pool', isRequired: false, check: () => this.readinessOf() });
  }

  onApplicationShutdown(): Promise<void> {
    return this.pool.close();
  }

  /** An exhausted pool makes an instance slow: to take it out would only load the others more. */
  private readinessOf(): { status: 'up' } | { status: 'down'; reason: string } {
    const { active, max, waiting } = this.pool.usage();
    if (waiting > 0 && active >= max) {
      return { status: 'down', reason: `all ${max} connections are in use, and ${waiting} callers wait` };
    }
    return { status: 'up' };
  }
}

type Around = readonly [
  SequelizeInstance,
  Database,
  MonitorDatabase,
  PoolConfig,
  DatabaseConfig,
  Clock,
  Ids,
  Logger,
  MetricRegistry,
];

/** Who holds the connections of the pool, for how long, and whether they still work. */
@Global()
@Module({
  providers: [
    {
      provide: PoolService,
      inject: [
        SEQUELIZE,
        Database,
        MonitorDatabase,
        POOL_CONFIG,
        DATABASE_CONFIG,
        Clock,
        Ids,
        Logger,
        MetricRegistry,
      ],
      // One argument for each injected thing: Nest gives them by position.
      useFactory: (...around: Around): PoolService => {
        const [sequelize, database, monitor, config, databaseConfig, clock, ids, logger, registry] = around;
        const world = { clock, ids, logger, registry };
        return createPool({ sequelize, database, monitor, config, databaseConfig, ...world });
      },
    },
    PoolLife,
  ],
  exports: [PoolService],
})
export class PoolModule {}
