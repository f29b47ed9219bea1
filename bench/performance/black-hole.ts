import { BlackHoleProxy } from '../../test/support/black-hole-proxy.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';
import { benchRoutesUnder } from './load.js';
import type { Scale } from './scale.js';
import { startServer } from './server.js';

const PER_SECOND = 200;
const GOAL_MS = 5;

/** Probes while PostgreSQL and Redis take connections and never answer. */
export async function benchBlackHole(scale: Scale, redisUrl: string): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const proxies = await Promise.all(
    [database.url, redisUrl].map((url) => BlackHoleProxy.start(new URL(url))),
  );
  const [postgres, redis] = proxies;
  if (postgres === undefined || redis === undefined) throw new TypeError('a proxy is missing');
  const server = await startServer({
    DATABASE_URL: BlackHoleProxy.urlOf(database.url, postgres),
    REDIS_URL: BlackHoleProxy.urlOf(redisUrl, redis),
  });
  try {
    for (const proxy of proxies) proxy.swallow();
    return await benchRoutesUnder({ perSecond: PER_SECOND, seconds: scale.loadSeconds }, scale, [
      { id: 'livez-p99-ms-black-holed', url: `${server.url}/livez`, goalMs: GOAL_MS },
      { id: 'health-p99-ms-black-holed', url: `${server.url}/metrics/health`, goalMs: GOAL_MS },
    ]);
  } finally {
    await server.kill();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await database.close();
  }
}
