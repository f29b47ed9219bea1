import 'reflect-metadata';
import { statSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, readSettings, type Settings } from './config/index.js';
import { AppError } from './kernel/app-error.js';
import { holdProcess, SystemClock } from './kernel/clock.js';
import { DatabaseModule } from './platform/database/index.js';
import { LoggingModule } from './platform/logging/index.js';
import { RuntimeModule } from './platform/runtime/index.js';
import { StartInterruptedError, StartInterruption } from './start-interruption.js';

const EXIT_FAILED = 1;
const exit = (code: number): never => process.exit(code);

/** The database and nothing else: whoever opens it migrates it. */
@Module({})
class MigrateModule {
  static forRoot(settings: Settings, interrupted: AbortSignal): DynamicModule {
    return {
      module: MigrateModule,
      imports: [
        ConfigModule.forRoot(settings),
        RuntimeModule.forRoot(interrupted),
        LoggingModule,
        DatabaseModule,
      ],
    };
  }
}

/** Brings the database up to date and ends: for jobs that run before new instances start. Safe to repeat. */
async function main({ signal }: StartInterruption): Promise<void> {
  if (statSync('.env', { throwIfNoEntry: false })?.isFile() === true) loadEnvFile('.env');
  const module = MigrateModule.forRoot(readSettings(process.env), signal);
  const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  await context.close();
  process.stdout.write('The database is up to date.\n');
}

// Nothing else keeps a process alive that waits for its database.
const hold = holdProcess();
const interruption = new StartInterruption(new SystemClock(), exit);
try {
  await main(interruption);
} catch (error) {
  // Our own errors are written for people; anything else needs its stack.
  const text =
    error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? 'unknown failure'}\n`);
  exit(error instanceof StartInterruptedError ? error.exitCode : EXIT_FAILED);
} finally {
  interruption.end();
  hold.cancel();
}
