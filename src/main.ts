import 'reflect-metadata';
import { statSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { readSettings } from './config/index.js';
import { AppError } from './kernel/app-error.js';
import { holdProcess, SystemClock } from './kernel/clock.js';
import { startApplication } from './start-application.js';
import { StartInterruptedError, StartInterruption } from './start-interruption.js';

const EXIT_FAILED = 1;
const exit = (code: number): never => process.exit(code);

/** Bootstrap: settings from the environment and .env, then the application. */
async function main({ signal }: StartInterruption): Promise<void> {
  if (statSync('.env', { throwIfNoEntry: false })?.isFile() === true) loadEnvFile('.env');
  const settings = readSettings(process.env);
  const url = await startApplication(settings, { exit, interrupted: signal });
  process.stdout.write(`Plimsoll listens on ${url}\n`);
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
