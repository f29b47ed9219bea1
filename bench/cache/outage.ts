import { Redis } from 'ioredis';
import type { RedisServer } from '../../test/support/redis-server.js';
import { percentile } from '../support/measure.js';
import { startBenchRedis } from '../support/redis.js';
import type { BenchRow } from '../support/report.js';
import { type Peer, type PeerName, PEERS } from './peers.js';
import type { Scale } from './scale.js';
import { keysOf, pause, rowOf } from './values.js';

const HOT_KEYS = 100;
const COLD_READERS = 4;
const LOADER_MS = 5;
const HOT_BURST = 20;
/** How often a fresh key is tried after the return of Redis, to see whether it gets there. */
const TRY_MS = 10;

type OutageKind = 'killed' | 'frozen';

interface Outages {
  readonly begin: (server: RedisServer) => Promise<void> | void;
  readonly end: (server: RedisServer) => Promise<void> | void;
}

/** Ways in which a Redis goes away, and comes back. */
const OUTAGES: Readonly<Record<OutageKind, Outages>> = {
  killed: { begin: (server: RedisServer) => server.kill(), end: (server: RedisServer) => server.start() },
  frozen: {
    begin: (server: RedisServer) => server.freeze(),
    end: (server: RedisServer) => server.thaw(),
  },
};

/** What readers saw during an outage. */
interface Outage {
  readonly hotMs: number[];
  /** Beyond what the loader took. */
  readonly coldMs: number[];
  rejections: number;
  lastError?: unknown;
  /** From the return of Redis until a value is stored there again; NaN when none was. */
  returnMs: number;
}

/** Reads while Redis is killed or frozen, and its use after it is back. */
export async function benchOutages(scale: Scale): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const kind of ['killed', 'frozen'] as const) {
    const ours = await withOutage('plimsoll', kind, scale.outageMs);
    const bento = scale.withPeers ? await withOutage('bentocache', kind, scale.outageMs) : undefined;
    rows.push(...rowsOf(kind, ours, bento));
  }
  return rows;
}

function rowsOf(kind: OutageKind, ours: Outage, bento: Outage | undefined): BenchRow[] {
  const peer = (values: (outage: Outage) => number): Record<string, number> =>
    bento === undefined ? {} : { bentocache: hundredths(values(bento)) };
  const row = (what: string, ratio: number, against: string, goal: number): BenchRow => ({
    id: `outage-${kind}-${what}`,
    ratio,
    against,
    goal,
    want: 'at most',
  });
  return [
    {
      ...row('hot-p99-ms', percentile(ours.hotMs, 0.99), 'ms of a warm read without Redis, p99', 1),
      figures: { reads: ours.hotMs.length, ...peer(({ hotMs }) => percentile(hotMs, 0.99)) },
    },
    {
      ...row('cold-p50-ms', percentile(ours.coldMs, 0.5), 'ms of a cold read beyond its loader, p50', 2),
      figures: {
        reads: ours.coldMs.length,
        p99: hundredths(percentile(ours.coldMs, 0.99)),
        ...peer(({ coldMs }) => percentile(coldMs, 0.5)),
      },
    },
    {
      ...row('rejections', ours.rejections, 'reads that failed', 0),
      figures: {
        ...peer(({ rejections }) => rejections),
        ...(ours.rejections > 0 && { lastError: String(ours.lastError) }),
      },
    },
    {
      ...row(
        'return-ms',
        ours.returnMs,
        'ms from the return of Redis until values are stored there again',
        1_000,
      ),
      figures: peer(({ returnMs }) => returnMs),
    },
  ];
}

async function withOutage(name: PeerName, kind: OutageKind, outageMs: number): Promise<Outage> {
  const server = await startBenchRedis();
  const peer = await PEERS[name]({ url: server.url, tiers: 'both' });
  const seen: Outage = { hotMs: [], coldMs: [], rejections: 0, returnMs: NaN };
  try {
    const hotKeys = keysOf('hot', HOT_KEYS);
    for (const key of hotKeys) await peer.getOrLoad(key, () => Promise.resolve(rowOf(1)));
    await OUTAGES[kind].begin(server);
    const ended = new AbortController();
    const readers = [
      readHot(peer, hotKeys, seen, ended.signal),
      ...Array.from({ length: COLD_READERS }, (_, reader) => readCold(peer, reader, seen, ended.signal)),
    ];
    await pause(outageMs);
    ended.abort();
    await OUTAGES[kind].end(server);
    const returnedAt = performance.now();
    await waitForUse(peer, server.url);
    seen.returnMs = performance.now() - returnedAt;
    await Promise.all(readers);
    return seen;
  } finally {
    await peer.close();
    await server.stop();
  }
}

async function readHot(peer: Peer, keys: readonly string[], seen: Outage, ended: AbortSignal): Promise<void> {
  for (let read = 0; !ended.aborted; read += 1) {
    const startedAt = performance.now();
    await attempt(seen, () =>
      peer.getOrLoad(keys[read % keys.length] ?? '', () => Promise.resolve(rowOf(1))),
    );
    seen.hotMs.push(performance.now() - startedAt);
    if (read % HOT_BURST === 0) await pause(1);
  }
}

async function readCold(peer: Peer, reader: number, seen: Outage, ended: AbortSignal): Promise<void> {
  for (let read = 0; !ended.aborted; read += 1) {
    let loaderMs = 0;
    const startedAt = performance.now();
    await attempt(seen, () =>
      peer.getOrLoad(`cold:${reader}-${read}`, async () => {
        const loadingAt = performance.now();
        await pause(LOADER_MS);
        loaderMs = performance.now() - loadingAt;
        return rowOf(read);
      }),
    );
    seen.coldMs.push(performance.now() - startedAt - loaderMs);
  }
}

async function attempt(seen: Outage, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    seen.rejections += 1;
    seen.lastError = error;
  }
}

/** Until a key that was read after the return is in Redis: asked for by a connection of its own. */
async function waitForUse(peer: Peer, url: string): Promise<void> {
  const observer = new Redis(url);
  try {
    for (let tries = 0; ; tries += 1) {
      const mark = `back-${tries}`;
      await peer.getOrLoad(`probe:${mark}`, () => Promise.resolve(mark.padEnd(100))).catch(() => undefined);
      if (await isStored(observer, mark)) return;
      await pause(TRY_MS);
    }
  } finally {
    observer.disconnect();
  }
}

/** Peers name their keys differently: any key that has the mark in it counts, a lease does not. */
async function isStored(observer: Redis, mark: string): Promise<boolean> {
  const [, keys] = await observer.scan('0', 'MATCH', `*${mark}*`, 'COUNT', 100_000);
  const sizes = await Promise.all(keys.map((key) => observer.strlen(key)));
  return sizes.some((size) => size > 100);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
