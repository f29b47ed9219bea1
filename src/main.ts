import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { readSettings } from './config/index.js';
import { AppError } from './kernel/app-error.js';
import { startApplication } from './start-application.js';

/** Bootstrap: settings from the environment and .env, then the application. */
async function main(): Promise<void> {
  if (existsSync('.env')) loadEnvFile('.env');
  const settings = readSettings(process.env);
  const url = await startApplication(settings, (code) => process.exit(code));
  process.stdout.write(`Plimsoll listens on ${url}\n`);
}

main().catch((error: unknown) => {
  // Our own errors are written for people; anything else needs its stack.
  const text =
    error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? 'unknown failure'}\n`);
  process.exit(1);
});
