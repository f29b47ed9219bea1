import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';

const MODULE = new URL('./memory-process.ts', import.meta.url);
const MIB = 1_048_576;
/** A third of what the entries need. */
const BOUND_PER_ENTRY = 80;

/** What is measured, each in a process of its own. */
export type MemoryHolder = 'plimsoll' | 'plimsoll with 2 tags' | 'lru-cache' | 'bentocache' | 'cache-manager';

/** What a holder of values costs. */
export interface MemoryUse {
  /** Of the heap and its buffers, beyond the key and the value. */
  readonly bytesPerEntry: number;
  /** Of a cache that holds next to nothing. */
  readonly fixedBytes: number;
}

/** What a cache with a bound on its bytes held. */
export interface BoundedUse {
  /** Most bytes of keys and values at any time, counted here. */
  readonly mostBytes: number;
  readonly entries: number;
  /** Growth of the heap at the end. */
  readonly heapBytes: number;
}

/** Memory beyond the values, and the bound on bytes. */
export async function benchMemory(url: string, scale: Scale): Promise<BenchRow[]> {
  const own = await measure('plimsoll', url, scale.memoryEntries);
  const others: readonly MemoryHolder[] = scale.withPeers
    ? ['plimsoll with 2 tags', 'lru-cache', 'bentocache', 'cache-manager']
    : [];
  const figures: Record<string, number> = { fixedMib: Number((own.fixedBytes / MIB).toFixed(2)) };
  for (const name of others) {
    figures[name] = Math.round((await measure(name, url, scale.memoryEntries)).bytesPerEntry);
  }
  const maxBytes = scale.memoryEntries * BOUND_PER_ENTRY;
  const process = await PeerProcess.start(MODULE, { url });
  const bound = await process.ask<BoundedUse>('bound', { entries: scale.memoryEntries, maxBytes });
  await process.stop();
  return [
    {
      id: 'memory',
      ratio: own.bytesPerEntry,
      against: `bytes beyond key and value, ${scale.memoryEntries} entries`,
      goal: 140,
      want: 'at most',
      figures,
    },
    {
      id: 'byte-bound',
      ratio: bound.mostBytes / maxBytes,
      against: `CACHE_MAX_BYTES of ${maxBytes}, most bytes of keys and values ever held`,
      goal: 1.05,
      want: 'at most',
      figures: { entries: bound.entries, heapMib: Number((bound.heapBytes / MIB).toFixed(1)) },
    },
  ];
}

async function measure(holder: MemoryHolder, url: string, entries: number): Promise<MemoryUse> {
  const process = await PeerProcess.start(MODULE, { url });
  const use = await process.ask<MemoryUse>('use', { holder, entries });
  await process.stop();
  return use;
}
