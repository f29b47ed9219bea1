import { Redis } from 'ioredis';
import type { BenchRow } from '../support/report.js';
import { alternate, type Contestant, inParallel, type RoundOptions, type Rounds } from '../support/rounds.js';
import { type Peer, PEERS } from './peers.js';
import type { Scale } from './scale.js';
import { openSubject } from './subject.js';
import { keysOf, type Row, rowOf } from './values.js';

const IN_FLIGHT = 64;
const KEYS = 4_096;
const TTL_MS = 300_000;
const PEER_NAMES = ['bentocache', 'cacheable', 'cache-manager'] as const;

/** Reads that only Redis can answer, and reads that nobody can, against the plain commands. */
export async function benchRedisReads(url: string, scale: Scale): Promise<BenchRow[]> {
  // No entry fits into the process: every read goes to Redis.
  const subject = await openSubject(url, { maxEntries: 0 });
  const raw = new Redis(url, { enableAutoPipelining: true });
  const peers = await Promise.all(
    (scale.withPeers ? PEER_NAMES : []).map((name) => PEERS[name]({ url, tiers: 'shared' })),
  );
  try {
    const keys = keysOf('row', KEYS);
    await inParallel(KEYS, IN_FLIGHT, async (index) => {
      const key = keys[index] ?? '';
      await raw.set(`raw:${key}`, JSON.stringify(rowOf(index)), 'PX', TTL_MS);
      for (const peer of peers)
        await peer.getOrLoad(ownKey(peer.name, key), () => Promise.resolve(rowOf(index)));
      return (await subject.cache.getOrLoad(key, () => rowOf(index))).id;
    });
    const timing = { rounds: scale.rounds, sampleMs: scale.sampleMs };
    const { counters } = subject.cache.statistics;
    const before = { loads: counters.loads, l1Hits: counters.l1Hits };
    const ours = reads('plimsoll', keys, (key) => subject.cache.getOrLoad(key, () => noLoad()));
    const hits = await compare(
      [rawReads(raw, keys), ours],
      peers.map((peer) =>
        reads(peer.name, keys, (key) => peer.getOrLoad(ownKey(peer.name, key), () => noLoad())),
      ),
      timing,
    );
    if (counters.loads !== before.loads || counters.l1Hits !== before.l1Hits) {
      throw new TypeError('reads meant for Redis were answered by others');
    }
    const misses = await compare(
      [rawMisses(raw), freshReads('plimsoll', (key, load) => subject.cache.getOrLoad(key, load))],
      peers.map((peer: Peer) => freshReads(peer.name, (key, load) => peer.getOrLoad(key, load))),
      timing,
    );
    return [
      row('l2-hit', hits, { against: 'auto-pipelined GET + JSON.parse on ioredis', goal: 1 }, peers),
      row('miss', misses, { against: 'auto-pipelined GET, then SET, on ioredis', goal: 0.5 }, peers),
    ];
  } finally {
    raw.disconnect();
    await Promise.all([subject.close(), ...peers.map((peer) => peer.close())]);
  }
}

/** Ours and the reference in many rounds; the peers in few of their own. */
async function compare(
  main: readonly Contestant[],
  peers: readonly Contestant[],
  timing: RoundOptions,
): Promise<{ main: Rounds; peers: Rounds }> {
  return { main: await alternate(main, timing), peers: await alternate(peers, { ...timing, rounds: 3 }) };
}

function row(
  id: string,
  rounds: { main: Rounds; peers: Rounds },
  { against, goal }: { against: string; goal: number },
  peers: readonly Peer[],
): BenchRow {
  const rates = peers.map(({ name }) => [`${name}PerSecond`, rounds.peers.perSecond(name)] as const);
  const [perSecond, rawPerSecond] = [rounds.main.perSecond('plimsoll'), rounds.main.perSecond('raw')];
  return {
    id,
    ratio: rounds.main.ratio('plimsoll', 'raw'),
    against: `${against}, ${IN_FLIGHT} in flight`,
    goal,
    want: 'at least',
    figures: { perSecond, rawPerSecond, ...Object.fromEntries(rates) },
  };
}

/** cacheable and cache-manager write under the same prefix: with the same keys one would answer for the other. */
function ownKey(name: string, key: string): string {
  return `${name}-${key}`;
}

function noLoad(): Promise<Row> {
  return Promise.reject(new TypeError('a hit was expected'));
}

function rawReads(raw: Redis, keys: readonly string[]): Contestant {
  return {
    name: 'raw',
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => {
        const json = await raw.get(`raw:${keys[index % KEYS] ?? ''}`);
        return (JSON.parse(json ?? '{}') as Row).id;
      }),
  };
}

function reads(
  name: string,
  keys: readonly string[],
  read: (key: string) => Promise<Row | undefined>,
): Contestant {
  return {
    name,
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => (await read(keys[index % KEYS] ?? ''))?.id ?? NaN),
  };
}

function rawMisses(raw: Redis): Contestant {
  const next = counting('raw');
  return {
    name: 'raw',
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => {
        const key = next();
        const found = await raw.get(key);
        const loaded = rowOf(index);
        await raw.set(key, JSON.stringify(loaded), 'PX', TTL_MS);
        return found === null ? loaded.id : NaN;
      }),
  };
}

function freshReads(
  name: string,
  read: (key: string, load: () => Promise<Row>) => Promise<Row | undefined>,
): Contestant {
  const next = counting(ownKey(name, 'fresh'));
  return {
    name,
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => {
        let isLoaded = false;
        const found = await read(next(), () => {
          isLoaded = true;
          return Promise.resolve(rowOf(index));
        });
        return (isLoaded as boolean) ? (found?.id ?? NaN) : NaN;
      }),
  };
}

/** Keys that nobody has asked for yet. */
function counting(entity: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${entity}:${1_000_000 + last}`;
  };
}
