import {
  type BeforeApplicationShutdown,
  Global,
  Injectable,
  Module,
  type OnModuleInit,
} from '@nestjs/common';
import {
  DATABASE_CONFIG,
  type DatabaseConfig,
  LOCKS_CONFIG,
  type LocksConfig,
  REDIS_CONFIG,
  type RedisConfig,
} from '../config/index.js';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import { Database, DatabaseServer } from '../platform/database/index.js';
import { Logger } from '../platform/logging/index.js';
import { RedisLink } from '../platform/redis/index.js';
import { BackgroundJobs } from '../platform/scheduling/index.js';
import { MetricRegistry } from '../platform/telemetry/index.js';
import { BackendRecord } from './backend-record.js';
import { backendOf, createLocks, identityOf, RunningLocks } from './create-locks.js';
import { Fences } from './fencing/fences.js';
import { LockService } from './lock.service.js';
import { LockLeaseRepository } from './stores/lock-lease.repository.js';
import { FenceRepository } from './fencing/fence.repository.js';
import { LockInstanceRepository } from './lock-instance.repository.js';
import { LockPruning } from './lock-pruning.js';

const BEAT_EVERY_MS = 3_000;

/** Keeps the record of the backend. Locks that are held at the end keep their lease: their work may be under way. */
@Injectable()
export class LocksLife implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly running: RunningLocks,
    private readonly record: BackendRecord,
    private readonly jobs: BackgroundJobs,
  ) {}

  async onModuleInit(): Promise<void> {
    this.jobs.register({
      name: 'lock-backend-record',
      everyMs: BEAT_EVERY_MS,
      run: () => this.record.beat(),
    });
    await this.running.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.running.stop();
    await this.record.leave();
  }
}

type Around = readonly [
  LocksConfig,
  RedisConfig,
  DatabaseConfig,
  RedisLink,
  Database,
  DatabaseServer,
  Clock,
  Ids,
  Logger,
  MetricRegistry,
];

/** Locks, everywhere. Needs the global platform modules: config, runtime, logging, telemetry, database, redis. */
@Global()
@Module({
  providers: [
    {
      provide: BackendRecord,
      inject: [LOCKS_CONFIG, REDIS_CONFIG, DATABASE_CONFIG, LockInstanceRepository, Clock, Ids],
      useFactory: (
        ...[config, redisConfig, databaseConfig, instances, clock, ids]: readonly [
          LocksConfig,
          RedisConfig,
          DatabaseConfig,
          LockInstanceRepository,
          Clock,
          Ids,
        ]
      ): BackendRecord => {
        const backend = backendOf(config, redisConfig, databaseConfig.url === undefined);
        const identity = identityOf(backend, { config, redisConfig, ids });
        return new BackendRecord(instances, clock, ids.instanceId, identity);
      },
    },
    {
      provide: RunningLocks,
      inject: [
        BackendRecord,
        LOCKS_CONFIG,
        REDIS_CONFIG,
        DATABASE_CONFIG,
        RedisLink,
        Database,
        DatabaseServer,
        Clock,
        Ids,
        Logger,
        MetricRegistry,
      ],
      // One argument for each injected thing: Nest gives them by position.
      useFactory: async (record: BackendRecord, ...around: Around): Promise<RunningLocks> => {
        const [config, redisConfig, databaseConfig, redis, database, server] = around;
        const [, , , , , , clock, ids, logger, registry] = around;
        const backend = backendOf(config, redisConfig, databaseConfig.url === undefined);
        const isFirstUse = await record.join();
        const world = { clock, ids, logger, registry };
        const databaseUrl = server.url;
        return createLocks(
          backend,
          { config, redisConfig, redis, database, databaseUrl, ...world },
          isFirstUse,
        );
      },
    },
    { provide: LockService, inject: [RunningLocks], useFactory: ({ locks }: RunningLocks) => locks },
    FenceRepository,
    Fences,
    LockInstanceRepository,
    LockLeaseRepository,
    LockPruning,
    LocksLife,
  ],
  exports: [LockService, Fences],
})
export class LocksModule {}
