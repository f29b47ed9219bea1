import { LRUCache } from 'lru-cache';
import type { CacheService, EntryOptions } from '../../src/cache/index.js';
import { Random } from '../../test/support/random.js';
import type { BenchRow } from '../support/report.js';
import { alternate, type Contestant, type Rounds } from '../support/rounds.js';
import { PEERS } from './peers.js';
import type { Scale } from './scale.js';
import { openSubject } from './subject.js';
import { keysOf, type Row, rowOf } from './values.js';

const KEYS = 800;
const KEYS_PER_CACHE = 1_000;
/** Short: nobody hears from Redis while a loop of hits runs. */
const SAMPLE_MS = 20;
/** Order of the reads; a power of two. */
const ORDER = 65_536;
const OPTIONS = { ttlMs: 300_000, tags: ['bench', 'rows'] };
const PEER_NAMES = ['bentocache', 'cacheable', 'cache-manager'] as const;

/** The keys in the order in which everybody reads them. */
function readOrder(): string[] {
  const keys = keysOf('account', KEYS);
  const random = new Random(7);
  return Array.from({ length: ORDER }, () => random.of(keys));
}

function load(): Promise<Row> {
  return Promise.resolve(rowOf(0));
}

/**
 * Warm hits with Redis, bus, tags and statistics on, against a read of lru-cache by an async function: the least
 * that a cache with promises can cost.
 */
export async function benchL1Hit(url: string, scale: Scale): Promise<BenchRow[]> {
  const order = readOrder();
  const subject = await openSubject(url, { maxEntries: KEYS_PER_CACHE });
  const peers = await Promise.all(
    PEER_NAMES.map((name) => PEERS[name]({ url, tiers: 'both', maxEntries: KEYS_PER_CACHE })),
  );
  try {
    const lru = new LRUCache<string, Row>({ max: KEYS_PER_CACHE });
    for (const [index, key] of keysOf('account', KEYS).entries()) {
      lru.set(key, rowOf(index));
      await subject.cache.getOrLoad(key, () => rowOf(index), OPTIONS);
      for (const peer of peers) await peer.getOrLoad(key, () => Promise.resolve(rowOf(index)));
    }
    const { counters } = subject.cache.statistics;
    const missesBefore = counters.l1Misses;
    const near = await alternate(
      [floor(lru, order), counted(subject.cache, order), uncounted(subject.cache, order)],
      { rounds: scale.hitRounds, sampleMs: SAMPLE_MS },
    );
    const far = await alternate(
      [
        counted(subject.cache, order),
        ...peers.map(({ name, getOrLoad }) => peerReads(name, getOrLoad, order)),
      ],
      { rounds: scale.rounds, sampleMs: SAMPLE_MS },
    );
    return [...rowsAgainstFloor(near, counters.l1Misses - missesBefore), ...rowsAgainstPeers(far)];
  } finally {
    await Promise.all([subject.close(), ...peers.map((peer) => peer.close())]);
  }
}

function rowsAgainstFloor(rounds: Rounds, misses: number): BenchRow[] {
  const perSecond = rounds.perSecond('plimsoll');
  return [
    {
      id: 'l1-hit',
      ratio: rounds.ratio('plimsoll', 'floor'),
      against: 'async floor: await (async () => lru.get(key))() on lru-cache',
      goal: 0.95,
      want: 'at least',
      figures: {
        perSecond,
        floorPerSecond: rounds.perSecond('floor'),
        nsPerHit: Math.round(1e9 / perSecond),
        misses,
      },
    },
    {
      id: 'statistics-on',
      ratio: rounds.ratio('plimsoll', 'uncounted'),
      against: 'the same hit without its counters and samples',
      goal: 0.9,
      want: 'at least',
      figures: { perSecond, uncountedPerSecond: rounds.perSecond('uncounted') },
    },
  ];
}

function rowsAgainstPeers(rounds: Rounds): BenchRow[] {
  return PEER_NAMES.map((name) => ({
    id: `l1-hit-vs-${name}`,
    ratio: rounds.ratio('plimsoll', name),
    against: `warm hit of ${name} with its L1 and Redis`,
    goal: name === 'bentocache' ? 30 : 1,
    want: 'at least',
    figures: { peerPerSecond: rounds.perSecond(name) },
  }));
}

function floor(lru: LRUCache<string, Row>, order: readonly string[]): Contestant {
  return {
    name: 'floor',
    run: async (count) => {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const key = order[index & (ORDER - 1)] ?? '';
        // eslint-disable-next-line @typescript-eslint/require-await -- its cost is what the floor is about
        const row = await (async () => lru.get(key))();
        sum += row?.id ?? NaN;
      }
      return sum;
    },
  };
}

function counted(cache: CacheService, order: readonly string[]): Contestant {
  return {
    name: 'plimsoll',
    run: async (count) => {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const key = order[index & (ORDER - 1)] ?? '';
        const row = await cache.getOrLoad(key, () => load(), OPTIONS);
        sum += row.id;
      }
      return sum;
    },
  };
}

/** What CacheService does for a hit, but for its statistics, which no setting turns off. */
class UncountedCache {
  private readonly parts: CacheService['parts'];

  constructor(private readonly cache: CacheService) {
    this.parts = cache['parts'];
  }

  getOrLoad<T>(key: string, loader: () => Promise<T>, options: EntryOptions): Promise<T> {
    const { bus, local, coarseClock, replica } = this.parts;
    const hit = bus.isTrusted ? local.hit(key, coarseClock.now(), replica.tick) : undefined;
    if (hit === undefined) return this.cache.getOrLoad(key, loader, options);
    return hit as Promise<T>;
  }
}

function uncounted(cache: CacheService, order: readonly string[]): Contestant {
  const uncountedCache = new UncountedCache(cache);
  return {
    name: 'uncounted',
    run: async (count) => {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const key = order[index & (ORDER - 1)] ?? '';
        const row = await uncountedCache.getOrLoad(key, () => load(), OPTIONS);
        sum += row.id;
      }
      return sum;
    },
  };
}

function peerReads(
  name: string,
  getOrLoad: <T>(key: string, loader: () => Promise<T>) => Promise<T | undefined>,
  order: readonly string[],
): Contestant {
  return {
    name,
    run: async (count) => {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const key = order[index & (ORDER - 1)] ?? '';
        const row = await getOrLoad(key, () => load());
        sum += row?.id ?? NaN;
      }
      return sum;
    },
  };
}
