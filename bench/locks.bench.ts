// Question: do locks reach their goals against raw Redis commands, redlock's own polling and advisory locks?
// Run: npm run bench -- locks [--short] [--only uncontended,hand-off]     Compare rows of one run only.
import { parseArgs } from 'node:util';
import { benchDeadlock } from './locks/deadlock.js';
import { benchFairness } from './locks/fairness.js';
import { benchHandOff } from './locks/hand-off.js';
import { benchMasters } from './locks/masters.js';
import { FULL, SHORT } from './locks/scale.js';
import { benchUncontended } from './locks/uncontended.js';
import { startBenchRedis } from './support/redis.js';
import { type BenchRow, report } from './support/report.js';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const scale = values.short ? SHORT : FULL;

const PARTS: Readonly<Record<string, (url: string) => Promise<BenchRow[]>>> = {
  uncontended: (url) => benchUncontended(url, scale),
  'hand-off': (url) => benchHandOff(url, scale),
  fairness: (url) => benchFairness(url, scale),
  masters: () => benchMasters(scale),
  deadlock: (url) => benchDeadlock(url, scale),
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
report('locks', rows, {}, !values.short && values.only === undefined);
// Clients of redlock go on asking for servers that are gone.
process.exit();
