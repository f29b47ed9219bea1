// Question: does the cache reach its goals against plain lru-cache, plain ioredis and the caches others use?
// Run: npm run bench -- cache [--short] [--only l1,redis]     Compare rows of one run only.
import { parseArgs } from 'node:util';
import { benchColdKey } from './cache/cold-key.js';
import { benchHitRate } from './cache/hit-rate.js';
import { benchL1Hit } from './cache/l1-hit.js';
import { benchMemory } from './cache/memory.js';
import { benchOutages } from './cache/outage.js';
import { benchRedisReads } from './cache/redis-reads.js';
import { FULL, SHORT } from './cache/scale.js';
import { benchTags } from './cache/tags.js';
import { startBenchRedis } from './support/redis.js';
import { type BenchRow, report } from './support/report.js';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const scale = values.short ? SHORT : FULL;

const PARTS: Readonly<Record<string, (url: string) => Promise<BenchRow[]> | BenchRow[]>> = {
  l1: (url) => benchL1Hit(url, scale),
  redis: (url) => benchRedisReads(url, scale),
  'cold-key': (url) => benchColdKey(url, scale),
  outage: () => benchOutages(scale),
  'hit-rate': () => benchHitRate(scale),
  memory: (url) => benchMemory(url, scale),
  tags: (url) => benchTags(url, scale),
};

const chosen = values.only?.split(',') ?? Object.keys(PARTS);
const rows: BenchRow[] = [];
for (const name of chosen) {
  // Each part has a server to itself: nothing that another one left is in its way.
  const redis = await startBenchRedis();
  try {
    const startedAt = performance.now();
    rows.push(...((await PARTS[name]?.(redis.url)) ?? []));
    process.stdout.write(`${name}: ${Math.round((performance.now() - startedAt) / 1_000)} s\n`);
  } finally {
    await redis.stop();
  }
}
// Figures are kept when all of them come from one full run.
report('cache', rows, {}, !values.short && values.only === undefined);
// Clients of the peers go on asking for servers that are gone.
process.exit();
