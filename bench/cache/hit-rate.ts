import { LRUCache } from 'lru-cache';
import { LocalStore } from '../../src/cache/local/local-store.js';
import { Random } from '../../test/support/random.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';

const CAPACITY = 1_000;
/** The cache holds 1 % of the keys. */
const UNIVERSE = 100_000;
const SKEW = 0.99;
/** Keys of the loop: with the others in between, more than the cache can hold. */
const LOOP = 1_000;
/** Share of the trace that only fills the caches. */
const WARM_UP = 0.2;

/** Hit rates of the L1 on two traces: skewed reads, and the same mixed with a loop, as dashboards read. */
export function benchHitRate(scale: Scale): BenchRow[] {
  const zipf = rates(zipfTrace(scale.requests), UNIVERSE);
  const mixed = rates(mixedTrace(scale.requests), UNIVERSE + LOOP);
  const against = 'hit rate of lru-cache of the same size';
  return [
    {
      id: 'hit-rate',
      ratio: zipf.own / zipf.optimum,
      against: `the best fixed choice of keys, Zipf ${SKEW}, cache of 1 %`,
      goal: 0.97,
      want: 'at least',
      figures: zipf.figures,
    },
    { id: 'hit-rate-vs-lru', ratio: zipf.own / zipf.lru, against, goal: 1.15, want: 'at least' },
    {
      id: 'hit-rate-loop-vs-lru',
      ratio: mixed.own / mixed.lru,
      against: `${against}, every other read from a loop`,
      goal: 1.15,
      want: 'at least',
      figures: mixed.figures,
    },
  ];
}

interface Rates {
  readonly own: number;
  readonly lru: number;
  readonly optimum: number;
  readonly figures: Readonly<Record<string, number>>;
}

function rates(trace: Uint32Array, keyCount: number): Rates {
  const keys = Array.from({ length: keyCount }, (_, index) => `key:${index}`);
  const counted = trace.subarray(Math.floor(trace.length * WARM_UP));
  const own = hitRate(trace, counted.length, keys, ownStore());
  const ownLru = hitRate(trace, counted.length, keys, ownStore('lru'));
  const lru = hitRate(trace, counted.length, keys, referenceLru());
  const optimum = staticOptimum(counted, keyCount);
  return { own, lru, optimum, figures: rounded({ own, ownLru, lru, optimum }) };
}

/** Looks a key up, and keeps it when it is not there. */
type Lookup = (key: string) => boolean;

function ownStore(policy: 's3-fifo' | 'lru' = 's3-fifo'): Lookup {
  const store = new LocalStore({ maxEntries: CAPACITY, maxBytes: Number.MAX_SAFE_INTEGER, policy });
  const entry = {
    promise: Promise.resolve(true),
    bytes: 1,
    bornAtMs: 0,
    refreshAtMs: Infinity,
    staleAtMs: Infinity,
    deadAtMs: Infinity,
    tick: 0,
  };
  return (key) => {
    if (store.hit(key, 0, 0) !== undefined) return true;
    store.put(key, entry);
    return false;
  };
}

function referenceLru(): Lookup {
  const lru = new LRUCache<string, true>({ max: CAPACITY });
  return (key) => {
    if (lru.get(key) === true) return true;
    lru.set(key, true);
    return false;
  };
}

function hitRate(trace: Uint32Array, counted: number, keys: readonly string[], lookup: Lookup): number {
  let hits = 0;
  for (const [index, key] of trace.entries()) {
    const isHit = lookup(keys[key] ?? '');
    if (isHit && index >= trace.length - counted) hits += 1;
  }
  return hits / counted;
}

/** The share of reads that go to the keys which are read most. */
function staticOptimum(trace: Uint32Array, keyCount: number): number {
  const reads = new Float64Array(keyCount);
  for (const key of trace) reads[key] = (reads[key] ?? 0) + 1;
  const best = reads.sort().subarray(-CAPACITY);
  return best.reduce((sum, count) => sum + count, 0) / trace.length;
}

function zipfTrace(length: number): Uint32Array {
  const next = zipf(new Random(11));
  return Uint32Array.from({ length }, next);
}

function mixedTrace(length: number): Uint32Array {
  const next = zipf(new Random(13));
  return Uint32Array.from({ length }, (_, index) =>
    index % 2 === 0 ? next() : UNIVERSE + (((index - 1) / 2) % LOOP),
  );
}

function zipf(random: Random): () => number {
  const cumulated = new Float64Array(UNIVERSE);
  let sum = 0;
  for (let rank = 0; rank < UNIVERSE; rank += 1) {
    sum += 1 / (rank + 1) ** SKEW;
    cumulated[rank] = sum;
  }
  return () => {
    const wanted = random.fraction() * sum;
    let [low, high] = [0, UNIVERSE - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulated[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(4))]));
}
