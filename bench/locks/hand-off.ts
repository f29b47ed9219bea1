import { setTimeout as pause } from 'node:timers/promises';
import { type LocksInstance, startLocks } from '../../test/support/locks.js';
import { median, percentile } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import { openPolling } from './polling.js';
import type { Scale } from './scale.js';

const TTL_MS = 10_000;
/** Quicker than the library's own 200 ms and 100 ms of jitter. */
const QUICK_POLL = { retryCount: 1_000, retryDelay: 50, retryJitter: 25 };
const OWN_POLL = { retryCount: 1_000 };
/** Most locks are held for the length of a few statements. With long holds a poll waits half of its pause, 25 ms. */
const SHORTEST_HOLD_MS = 5;
const HOLD_SPREAD_MS = 10;

/** Ms from the release of a lock until its waiter, on another connection, has it. */
interface HandOff {
  wait(): Promise<void>;
  take(): Promise<void>;
  release(): Promise<void>;
}

/** How soon a waiter goes on. */
export async function benchHandOff(url: string, scale: Scale): Promise<BenchRow[]> {
  const ours = await measure(await oursOn(url), scale.handOffs, scale.warmUpMs);
  const quick = await measure(pollingOn(url, QUICK_POLL), scale.handOffs, scale.warmUpMs);
  const own = await measure(pollingOn(url, OWN_POLL), Math.ceil(scale.handOffs / 5), scale.warmUpMs);
  return [
    {
      id: 'hand-off',
      ratio: median(quick) / median(ours),
      against: 'redlock that asks every 25 to 75 ms, median',
      goal: 30,
      want: 'at least',
      figures: {
        ...figuresOf('', ours),
        ...figuresOf('redlock', quick),
        ...figuresOf('redlockDefaults', own),
      },
    },
  ];
}

function figuresOf(name: string, times: readonly number[]): Record<string, number> {
  const prefix = name === '' ? 'p' : `${name}P`;
  return {
    [`${prefix}50Ms`]: Number(median(times).toPrecision(3)),
    [`${prefix}99Ms`]: Number(percentile(times, 0.99).toPrecision(3)),
  };
}

async function measure(
  { handOff, close }: { readonly handOff: HandOff; readonly close: () => Promise<void> },
  rounds: number,
  warmUpMs: number,
): Promise<number[]> {
  const times: number[] = [];
  try {
    const warmUntil = performance.now() + warmUpMs;
    while (performance.now() < warmUntil) await once(handOff, 0);
    for (let round = 0; round < rounds; round += 1) {
      times.push(await once(handOff, SHORTEST_HOLD_MS + HOLD_SPREAD_MS * Math.random()));
    }
  } finally {
    await close();
  }
  return times;
}

/** Ms from the release to the waiter's acquisition. */
async function once(handOff: HandOff, holdMs: number): Promise<number> {
  await handOff.take();
  let hasIt = NaN;
  const waiting = handOff.wait().then(() => {
    hasIt = performance.now();
  });
  await pause(holdMs);
  const releasedAt = performance.now();
  await Promise.all([handOff.release(), waiting]);
  await handOff.release();
  return hasIt - releasedAt;
}

async function oursOn(url: string): Promise<{ handOff: HandOff; close: () => Promise<void> }> {
  const [a, b] = await Promise.all([
    startLocks({ backend: 'redis', redisUrl: url }),
    startLocks({ backend: 'redis', redisUrl: url }),
  ]);
  const held: { release(): Promise<boolean> }[] = [];
  const acquire = async ({ locks }: LocksInstance): Promise<void> => {
    held.push(await locks.acquire('hand-off'));
  };
  const handOff = {
    take: () => acquire(a),
    wait: () => acquire(b),
    release: async () => {
      await held.shift()?.release();
    },
  };
  return { handOff, close: () => closeBoth(a, b) };
}

function pollingOn(url: string, options: typeof OWN_POLL): { handOff: HandOff; close: () => Promise<void> } {
  const [a, b] = [openPolling([url], options), openPolling([url], options)];
  const held: (() => Promise<unknown>)[] = [];
  const acquire = async (polling: typeof a): Promise<void> => {
    const vote = await polling.acquire('polled', TTL_MS);
    held.push(() => polling.release(vote));
  };
  const handOff = {
    take: () => acquire(a),
    wait: () => acquire(b),
    release: async () => {
      await held.shift()?.();
    },
  };
  const close = (): Promise<void> => {
    for (const polling of [a, b]) polling.close();
    return Promise.resolve();
  };
  return { handOff, close };
}

async function closeBoth(...instances: readonly LocksInstance[]): Promise<void> {
  await Promise.all(instances.map((instance) => instance.close()));
}
