// A process whose heap holds one cache and little else; see memory.ts.
import { LRUCache } from 'lru-cache';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { answerQuestions, startedWith } from '../support/peer-process.js';
import { inParallel } from '../support/rounds.js';
import type { BoundedUse, MemoryHolder, MemoryUse } from './memory.js';
import { PEERS } from './peers.js';
import { openSubject } from './subject.js';
import { keysOf, type Row, rowOf } from './values.js';

const IN_FLIGHT = 32;
const SAMPLE_EVERY = 64;

const { url } = startedWith() as { url: string };

/** Puts a value in. */
type Put = (key: string, make: () => Row) => Promise<unknown>;

async function heapBytes(): Promise<number> {
  for (let pass = 0; pass < 3; pass += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A value as it comes out of JSON, which is how every cache with a second tier gets it. */
function parsedRow(index: number): Row {
  return JSON.parse(JSON.stringify(rowOf(index))) as Row;
}

async function openHolder(holder: MemoryHolder, maxEntries: number): Promise<Put> {
  if (holder === 'lru-cache') {
    const lru = new LRUCache<string, Row>({ max: maxEntries });
    return (key, make) => Promise.resolve(lru.set(key, make()));
  }
  if (holder === 'bentocache' || holder === 'cache-manager') {
    const peer = await PEERS[holder]({ url, tiers: 'local', maxEntries });
    return (key, make) => peer.getOrLoad(key, () => Promise.resolve(make()));
  }
  const { cache } = await openSubject(undefined, { maxEntries, maxBytes: 2 ** 30 });
  const options = holder === 'plimsoll' ? {} : { tags: ['bench', 'rows'] };
  return (key, make) => cache.getOrLoad(key, make, options);
}

answerQuestions({
  use: async ({ holder, entries }: { holder: MemoryHolder; entries: number }): Promise<MemoryUse> => {
    const keys = keysOf('account', entries);
    const warmUp = keysOf('early', IN_FLIGHT);
    // What is compiled, connected and counted once, whatever the number of entries.
    await fill(await openHolder(holder, warmUp.length), warmUp);
    const compiled = await heapBytes();
    const small = await openHolder(holder, warmUp.length);
    await fill(small, warmUp);
    const bare = await heapBytes();
    const fixedBytes = bare - compiled;
    let values: Row[] | undefined = keys.map((_, index) => parsedRow(index));
    const valueBytes = (await heapBytes()) - bare;
    if (values.length !== entries) throw new TypeError('the values must live until here');
    values = undefined;
    const before = await heapBytes();
    // Opened here: some caches take the room for all their entries at once.
    const put = await openHolder(holder, entries);
    await fill(put, keys);
    const grown = (await heapBytes()) - before - fixedBytes;
    // Keys and caches must be alive while the heap is measured.
    for (const held of [small, put]) await held(keys[0] ?? '', () => parsedRow(0));
    return { bytesPerEntry: (grown - valueBytes) / entries, fixedBytes };
  },

  bound: async ({ entries, maxBytes }: { entries: number; maxBytes: number }): Promise<BoundedUse> => {
    const keys = keysOf('account', entries);
    const { cache } = await openSubject(undefined, { maxEntries: entries, maxBytes });
    const each = Buffer.byteLength((keys[0] ?? '') + JSON.stringify(rowOf(0)));
    const before = await heapBytes();
    let mostBytes = 0;
    for (const [index, key] of keys.entries()) {
      await cache.getOrLoad(key, () => rowOf(index));
      if (index % SAMPLE_EVERY === 0) mostBytes = Math.max(mostBytes, cache.state.entries * each);
    }
    return { mostBytes, entries: cache.state.entries, heapBytes: (await heapBytes()) - before };
  },
});

function fill(put: Put, keys: readonly string[]): Promise<number> {
  return inParallel(keys.length, IN_FLIGHT, async (index) => {
    await put(keys[index] ?? '', () => parsedRow(index));
    return 0;
  });
}
