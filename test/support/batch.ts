import { Test, type TestingModule } from '@nestjs/testing';
import {
  BatchJobs,
  BatchModule,
  type BatchTarget,
  JobLedger,
  TargetRegistry,
} from '../../src/batch/index.js';
import { ConfigModule, readSettings } from '../../src/config/index.js';
import { DatabaseModule } from '../../src/platform/database/index.js';
import { LoggingModule } from '../../src/platform/logging/index.js';
import { RuntimeModule } from '../../src/platform/runtime/index.js';
import { SchedulingModule } from '../../src/platform/scheduling/index.js';
import { TelemetryModule } from '../../src/platform/telemetry/index.js';

/** Batch jobs of one instance as an application has them, with a pool of its own. */
export interface BatchInstance {
  readonly jobs: BatchJobs;
  readonly ledger: JobLedger;
  readonly module: TestingModule;
  close(): Promise<void>;
}

/** @param env further variables of the environment */
export async function startBatch(
  databaseUrl: string,
  targets: readonly BatchTarget[],
  env: Readonly<Record<string, string>> = {},
): Promise<BatchInstance> {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_MIN: '0',
    LOG_LEVEL: 'silent',
    ...env,
  });
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(settings),
      RuntimeModule.forRoot(new AbortController().signal),
      LoggingModule,
      TelemetryModule,
      DatabaseModule,
      SchedulingModule,
      BatchModule,
    ],
  }).compile();
  for (const target of targets) module.get(TargetRegistry).register(target);
  await module.init();
  return {
    jobs: module.get(BatchJobs),
    ledger: module.get(JobLedger),
    module,
    close: () => module.close(),
  };
}
