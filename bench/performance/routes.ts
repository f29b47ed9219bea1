import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';
import { benchRoutesUnder } from './load.js';
import type { Scale } from './scale.js';
import { startServer } from './server.js';

const PER_SECOND = 500;
const GOAL_MS = 5;

/** Health and summary of a running server, asked far more often than anybody would. */
export async function benchRoutes(scale: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const server = await startServer({ DATABASE_URL: database.url });
  try {
    return await benchRoutesUnder({ perSecond: PER_SECOND, seconds: scale.loadSeconds }, scale, [
      { id: 'health-p99-ms', url: `${server.url}/metrics/health`, goalMs: GOAL_MS },
      { id: 'summary-p99-ms', url: `${server.url}/metrics/summary`, goalMs: GOAL_MS },
    ]);
  } finally {
    await server.kill();
    await database.close();
  }
}
