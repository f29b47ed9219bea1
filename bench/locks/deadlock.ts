import { LockDeadlockError } from '../../src/locks/index.js';
import { type LocksInstance, startLocks } from '../../test/support/locks.js';
import { median, timeOnce } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import { openPolling } from './polling.js';
import type { Scale } from './scale.js';

const TTL_MS = 60_000;
/** About two seconds of asking. */
const TWO_SECONDS = { retryCount: 40, retryDelay: 50, retryJitter: 0 };

/** How soon two that wait for each other learn of it. */
export async function benchDeadlock(url: string, scale: Scale): Promise<BenchRow[]> {
  const [a, b] = await Promise.all([
    startLocks({ backend: 'redis', redisUrl: url }),
    startLocks({ backend: 'redis', redisUrl: url }),
  ]);
  const polling = openPolling([url], TWO_SECONDS);
  const times: number[] = [];
  try {
    for (let round = 0; round < scale.deadlocks; round += 1) times.push(await meet(a, b, round));
    // Nobody tells it: it stops asking.
    await polling.acquire('redlock:deadlock', TTL_MS);
    const polledMs = await timeOnce(() => polling.acquire('redlock:deadlock', TTL_MS).catch(() => undefined));
    return [
      {
        id: 'deadlock',
        ratio: polledMs / median(times),
        against: 'redlock that asks for two seconds and learns no reason, median',
        goal: 200,
        want: 'at least',
        figures: { ms: Number(median(times).toPrecision(3)), redlockMs: Math.round(polledMs) },
      },
    ];
  } finally {
    polling.close();
    await Promise.all([a.close(), b.close()]);
  }
}

/** Ms from the moment the circle closes until one of the two has the error that names it. */
async function meet(a: LocksInstance, b: LocksInstance, round: number): Promise<number> {
  const [left, right] = [`left:${round}`, `right:${round}`];
  let arrived = 0;
  const bothHold = new AbortController();
  const met = new Promise((resolve) => bothHold.signal.addEventListener('abort', resolve));
  let closedAt = 0;
  let namedAt = NaN;
  const cross = ({ locks }: LocksInstance, mine: string, other: string): Promise<void> =>
    locks.withLock(mine, async () => {
      arrived += 1;
      if (arrived === 2) bothHold.abort();
      await met;
      closedAt = performance.now();
      await locks.withLock(other, () => Promise.resolve());
    });
  const noted = (error: unknown): void => {
    if (!(error instanceof LockDeadlockError)) throw error;
    namedAt = performance.now();
  };
  await Promise.all([cross(a, left, right).catch(noted), cross(b, right, left).catch(noted)]);
  return namedAt - closedAt;
}
