import { setTimeout as pause } from 'node:timers/promises';
import type { LockService } from '../../src/locks/index.js';
import { startLocks } from '../../test/support/locks.js';
import { median, percentile } from '../support/measure.js';
import { startBenchRedis } from '../support/redis.js';
import type { BenchRow } from '../support/report.js';
import { inParallel } from '../support/rounds.js';
import { openPolling } from './polling.js';
import type { Scale } from './scale.js';

const MASTERS = 5;
const KILLED = 2;
const IN_FLIGHT = 16;
const TTL_MS = 10_000;
/** With clients that wait for their servers an attempt of redlock does not end; so long is looked. */
const PATIENCE_MS = 2_000;

/** What one acquisition took; NaN when it was refused. */
type Acquisition = number;

/** Locks by vote while two of five masters are gone. */
export async function benchMasters(scale: Scale): Promise<BenchRow[]> {
  const servers = await Promise.all(Array.from({ length: MASTERS }, () => startBenchRedis()));
  const masters = servers.map(({ url }) => url);
  const instance = await startLocks({ backend: 'redis-quorum', masters });
  const polling = openPolling(masters, { retryCount: 0 });
  try {
    const whole = await acquireMany(instance.locks, scale.acquires);
    // In the middle of work: the first acquisitions meet connections that break.
    const broken = acquireMany(instance.locks, scale.acquires);
    await Promise.all(servers.slice(0, KILLED).map((server) => server.kill()));
    const times = [...(await broken), ...(await acquireMany(instance.locks, scale.acquires))];
    const given = times.filter((ms) => !Number.isNaN(ms));
    const redlock = await Promise.race([
      polling.acquire('redlock:masters', TTL_MS).then(() => 'given'),
      pause(PATIENCE_MS, `no answer in ${PATIENCE_MS} ms`),
    ]).catch((error: unknown) => String(error));
    return [
      {
        id: 'two-of-five-masters-killed',
        ratio: given.length / times.length,
        against: `acquisitions, ${times.length} of them, from the moment of the kill on`,
        goal: 1,
        want: 'at least',
        figures: {
          p50Ms: tenths(median(given)),
          p99Ms: tenths(percentile(given, 0.99)),
          mostMs: tenths(Math.max(...given)),
          p50AllFiveMs: tenths(median(whole)),
          redlockWithClientDefaults: redlock,
        },
      },
    ];
  } finally {
    polling.close();
    await instance.close();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function acquireMany(locks: LockService, count: number): Promise<Acquisition[]> {
  const times: Acquisition[] = [];
  await inParallel(count, IN_FLIGHT, async (index) => {
    const startedAt = performance.now();
    try {
      await locks.withLock(`master:${index}`, () => {
        times.push(performance.now() - startedAt);
        return Promise.resolve();
      });
    } catch {
      times.push(NaN);
    }
    return 0;
  });
  return times;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
