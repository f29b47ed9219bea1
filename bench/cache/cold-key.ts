import { median } from '../support/measure.js';
import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import type { PeerName } from './peers.js';
import type { Scale } from './scale.js';
import { openSubject } from './subject.js';
import { pause, rowOf } from './values.js';

const CALLERS = 10_000;
const LOADER_MS = 50;
const PROCESSES = 4;
const ROUNDS_IN_ONE_PROCESS = 7;
const MODULE = new URL('./cold-key-process.ts', import.meta.url);

/** What one process saw of a cold key. */
export interface ColdRead {
  readonly loads: number;
  readonly tookMs: number;
}

/** Many callers for a key that nobody has, in one process and in several. */
export async function benchColdKey(url: string, scale: Scale): Promise<BenchRow[]> {
  const ours = await inProcesses('plimsoll', url, scale.coldKeyRounds);
  const bento = scale.withPeers ? await inProcesses('bentocache', url, 3) : [];
  return [
    ...(await inOneProcess(url)),
    {
      id: 'cold-key-processes',
      ratio: ours.filter(({ loads }) => loads === 1).length,
      against: `rounds of ${scale.coldKeyRounds} with one loader call in ${PROCESSES} processes`,
      goal: scale.coldKeyRounds,
      want: 'at least',
      figures: {
        mostLoads: Math.max(...ours.map(({ loads }) => loads)),
        beyondLoaderMs: tenths(median(ours.map(({ tookMs }) => tookMs)) - LOADER_MS),
        ...(bento.length > 0 && { bentocacheLoads: median(bento.map(({ loads }) => loads)) }),
      },
    },
  ];
}

async function inOneProcess(url: string): Promise<BenchRow[]> {
  const subject = await openSubject(url);
  const rounds: { loads: number; beyondMs: number }[] = [];
  try {
    for (let round = 0; round < ROUNDS_IN_ONE_PROCESS; round += 1) {
      let loads = 0;
      let loaderMs = 0;
      const load = async (): Promise<unknown> => {
        loads += 1;
        const startedAt = performance.now();
        await pause(LOADER_MS);
        loaderMs = performance.now() - startedAt;
        return rowOf(round);
      };
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: CALLERS }, () => subject.cache.getOrLoad(`cold:${round}`, load)),
      );
      rounds.push({ loads, beyondMs: performance.now() - startedAt - loaderMs });
    }
  } finally {
    await subject.close();
  }
  return [
    {
      id: 'cold-key-loads',
      ratio: Math.max(...rounds.map(({ loads }) => loads)),
      against: `loader calls for ${CALLERS} callers of one process, most of ${ROUNDS_IN_ONE_PROCESS} rounds`,
      goal: 1,
      want: 'at most',
    },
    {
      id: 'cold-key-beyond-loader-ms',
      ratio: median(rounds.map(({ beyondMs }) => beyondMs)),
      against: `ms until all ${CALLERS} have it, beyond the loader's own, median`,
      goal: 20,
      want: 'at most',
      figures: { mostMs: tenths(Math.max(...rounds.map(({ beyondMs }) => beyondMs))) },
    },
  ];
}

/** For each round the loader calls of all processes, and the time of the slowest. */
async function inProcesses(peer: PeerName, url: string, rounds: number): Promise<ColdRead[]> {
  const start = { peer, url, loaderMs: LOADER_MS };
  const processes = await Promise.all(
    Array.from({ length: PROCESSES }, () => PeerProcess.start(MODULE, start)),
  );
  try {
    const results: ColdRead[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const reads = await Promise.all(
        processes.map((process) => process.ask<ColdRead>('read', `shared:${round}`)),
      );
      results.push({
        loads: reads.reduce((sum, { loads }) => sum + loads, 0),
        tookMs: Math.max(...reads.map(({ tookMs }) => tookMs)),
      });
    }
    return results;
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
