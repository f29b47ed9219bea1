import { type DatabaseConfig, Secret } from '../../../config/index.js';
import { AppError } from '../../../kernel/app-error.js';
import { holdProcess, SystemClock } from '../../../kernel/clock.js';
import { createSequelize, Database } from '../../../platform/database/index.js';
import { AdviceUsageError } from '../../errors.js';
import { adviseWorkload } from '../workload-advice.js';
import { parseOptions, USAGE } from './options.js';
import { printAdvice } from './report.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** One connection, which is closed at the end. */
function configOf(url: string): DatabaseConfig {
  return {
    url: new Secret(url),
    dataDir: '',
    poolMin: 0,
    poolMax: 1,
    poolIdleMs: 10_000,
    poolAcquireMs: 10_000,
    connectionMaxAgeMs: 600_000,
    statementTimeoutMs: 10_000,
    connectDeadlineMs: 10_000,
    patienceMs: 0,
  };
}

/** Advises on the statements of a command line, on any database. */
async function main(): Promise<string> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return USAGE;
  const { databaseUrl, statements } = options;
  const db = new Database(createSequelize(databaseUrl, configOf(databaseUrl), new SystemClock()));
  try {
    const workload = statements.map((text) => ({ text, calls: 1 }));
    return printAdvice(await db.session((session) => adviseWorkload(session, workload)));
  } finally {
    await db.close();
  }
}

const hold = holdProcess();
try {
  process.stdout.write(await main());
} catch (error) {
  const text =
    error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? 'unknown failure'}\n`);
  process.exitCode = error instanceof AdviceUsageError ? EXIT_USAGE : EXIT_FAILED;
} finally {
  hold.cancel();
}
