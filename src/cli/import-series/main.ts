import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { readClientSettings } from '../../config/index.js';
import { AppError } from '../../kernel/app-error.js';
import { holdProcess, SystemClock } from '../../kernel/clock.js';
import { RandomIds } from '../../kernel/ids.js';
import { ImportUsageError } from './errors.js';
import { parseOptions, USAGE } from './options.js';
import { importSeries } from './series-import.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Imports a CSV file into a running server: the options of a command line, then one import. */
async function main(): Promise<string> {
  if (existsSync('.env')) loadEnvFile('.env');
  const options = parseOptions(process.argv.slice(2), readClientSettings(process.env));
  if (options === 'help') return USAGE;
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  return `${await importSeries(options, { clock: new SystemClock(), ids: new RandomIds(), print })}\n`;
}

const hold = holdProcess();
try {
  process.stdout.write(await main());
} catch (error) {
  // Our own errors are written for people; anything else needs its stack.
  const text =
    error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? 'unknown failure'}\n`);
  process.exitCode = error instanceof ImportUsageError ? EXIT_USAGE : EXIT_FAILED;
} finally {
  hold.cancel();
}
