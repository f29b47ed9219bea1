import { Redis } from 'ioredis';
import { median, percentile } from '../support/measure.js';
import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import { inParallel } from '../support/rounds.js';
import type { Scale } from './scale.js';
import { openSubject, type Subject } from './subject.js';
import { keysOf, pause, rowOf } from './values.js';

const MODULE = new URL('./tags-process.ts', import.meta.url);
const TAG = 'bench';
const OPTIONS = { tags: [TAG] };
const IN_FLIGHT = 64;
const COUNTED_INVALIDATIONS = 21;
/** Lets the other process begin to watch, and MONITOR to deliver. */
const SETTLE_MS = 3;
const NS_PER_MS = 1e6;
/** Life signs of connections, which come at any time. */
const LIFE_SIGNS = new Set(['ping', 'echo', 'client', 'info']);

/** Invalidation of one tag that many values have, on two instances in two processes. */
export async function benchTags(url: string, scale: Scale): Promise<BenchRow[]> {
  const maxEntries = scale.taggedKeys * 2;
  const other = await PeerProcess.start(MODULE, { url, maxEntries, tag: TAG });
  const subject = await openSubject(url, { maxEntries });
  try {
    const keys = keysOf('tagged', scale.taggedKeys);
    await readAll(subject, keys);
    await other.ask('readAll', keys);
    const tookMs: number[] = [];
    const commands = await countCommands(url, async () => {
      const startedAt = performance.now();
      await subject.cache.invalidate({ tags: [TAG] });
      tookMs.push(performance.now() - startedAt);
    });
    const kept =
      2 * keys.length - (await readAll(subject, keys)) - (await other.ask<number>('readAll', keys));
    const seenMs = await delays(subject, other, scale.tagRounds);
    const lost = await lostWrites(subject, other, scale.tagRounds);
    return [
      {
        id: 'tag-invalidation-round-trips',
        ratio: commands,
        against: `commands to Redis for one tag of ${keys.length} keys, by MONITOR`,
        goal: 1,
        want: 'at most',
        figures: { ms: Number(median(tookMs).toFixed(3)), kept },
      },
      {
        id: 'tag-invalidation-seen-p99-ms',
        ratio: percentile(seenMs, 0.99),
        against: `ms from the call until another process stops serving, p99 of ${seenMs.length}`,
        goal: 10,
        want: 'at most',
        figures: { p50: Number(percentile(seenMs, 0.5).toFixed(3)) },
      },
      {
        id: 'tag-invalidation-lost-writes',
        ratio: lost,
        against: `writes of ${scale.tagRounds} made right after it that a process did not read back`,
        goal: 0,
        want: 'at most',
      },
    ];
  } finally {
    await subject.close();
    await other.stop();
  }
}

/** Reads all keys, and returns how many had to be loaded or fetched: the second instance finds them in Redis. */
async function readAll({ cache }: Subject, keys: readonly string[]): Promise<number> {
  return inParallel(keys.length, IN_FLIGHT, async (index) => {
    const { source } = await cache.read(keys[index] ?? '', () => rowOf(index), OPTIONS);
    return source === 'l1' ? 0 : 1;
  });
}

/** Commands that clients sent for one `invalidate`, median; those of scripts stay inside the server. */
async function countCommands(url: string, invalidate: () => Promise<void>): Promise<number> {
  const marker = new Redis(url);
  const monitor = await marker.monitor();
  let sent: string[] = [];
  monitor.on('monitor', (_time: string, [command = '']: string[], source: string) => {
    if (source !== 'lua' && !LIFE_SIGNS.has(command.toLowerCase())) sent.push(command);
  });
  const counts: number[] = [];
  try {
    for (let round = 0; round < COUNTED_INVALIDATIONS; round += 1) {
      await marker.echo('before');
      await pause(SETTLE_MS);
      sent = [];
      await invalidate();
      await marker.echo('after');
      await pause(SETTLE_MS);
      counts.push(sent.length);
    }
    return median(counts);
  } finally {
    marker.disconnect();
    monitor.disconnect();
  }
}

/** For each round the ms until the other process no longer answers the old value. */
async function delays(subject: Subject, other: PeerProcess, rounds: number): Promise<number[]> {
  const seenMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // An invalidation that came before the value would never be seen.
    await other.ask('hold', 'watched:1');
    const watched = other.ask<string>('watch', 'watched:1');
    await pause(SETTLE_MS);
    const invalidatedAt = process.hrtime.bigint();
    await subject.cache.invalidate({ tags: [TAG] });
    seenMs.push(Number(BigInt(await watched) - invalidatedAt) / NS_PER_MS);
  }
  return seenMs;
}

/** Each write has a key of its own, and is read by both processes as soon as it is acknowledged. */
async function lostWrites({ cache }: Subject, other: PeerProcess, rounds: number): Promise<number> {
  let lost = 0;
  for (let round = 0; round < rounds; round += 1) {
    const key = `written:${round}`;
    await cache.set(key, 'old', OPTIONS);
    await other.ask('get', key);
    await cache.invalidate({ tags: [TAG] });
    await cache.set(key, 'new', OPTIONS);
    const [here, there] = [await cache.get(key), await other.ask('get', key)];
    if (here !== 'new' || there !== 'new') lost += 1;
  }
  return lost;
}
