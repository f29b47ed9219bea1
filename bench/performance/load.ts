import { median } from '../support/measure.js';
import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import type { Load, LoadResult } from './load-process.js';
import type { Scale } from './scale.js';

const LOAD = new URL('./load-process.ts', import.meta.url);
const FLOOR = new URL('./floor-process.ts', import.meta.url);

/** What is measured of a route, by name. */
export interface RouteGoal {
  readonly id: string;
  readonly url: string;
  readonly goalMs: number;
}

/** The same load on each route and, in turn with it, on a server that does nothing; the middle one of some runs. */
export async function benchRoutesUnder(
  load: Omit<Load, 'url'>,
  { loadRuns, warmUpSeconds }: Scale,
  routes: readonly RouteGoal[],
): Promise<BenchRow[]> {
  const [generator, floor] = await Promise.all([PeerProcess.start(LOAD), PeerProcess.start(FLOOR)]);
  try {
    const rows: BenchRow[] = [];
    for (const route of routes) {
      const bytes = (await (await fetch(route.url)).text()).length;
      const floorUrl = await floor.ask<string>('listen', { bytes });
      // What nobody has asked for yet is not compiled yet.
      await generator.ask('run', { ...load, seconds: warmUpSeconds, url: route.url });
      const results: { own: LoadResult; idle: LoadResult }[] = [];
      for (let run = 0; run < loadRuns; run += 1) {
        results.push({
          own: await generator.ask<LoadResult>('run', { ...load, url: route.url }),
          idle: await generator.ask<LoadResult>('run', { ...load, url: floorUrl }),
        });
      }
      rows.push(rowOf(route, { load, bytes, results }));
    }
    return rows;
  } finally {
    await Promise.all([generator.stop(), floor.stop()]);
  }
}

function rowOf(
  { id, goalMs }: RouteGoal,
  measured: {
    readonly load: Omit<Load, 'url'>;
    readonly bytes: number;
    readonly results: readonly { readonly own: LoadResult; readonly idle: LoadResult }[];
  },
): BenchRow {
  const { load, bytes, results } = measured;
  const middle = (of: (result: { own: LoadResult; idle: LoadResult }) => number): number =>
    Number(median(results.map(of)).toPrecision(3));
  const failed = results.reduce((sum, { own }) => sum + own.failed, 0);
  return {
    id,
    // A request without an answer took for ever.
    ratio: failed > 0 ? Infinity : median(results.map(({ own }) => own.p99Ms)),
    against: `ms, p99 of ${load.perSecond} requests a second, open loop, from the moment each was due`,
    goal: goalMs,
    want: 'at most',
    figures: {
      p50Ms: middle(({ own }) => own.p50Ms),
      mostMs: middle(({ own }) => own.mostMs),
      failed,
      bytes,
      generatorAloneP99Ms: middle(({ idle }) => idle.p99Ms),
      generatorAloneP50Ms: middle(({ idle }) => idle.p50Ms),
      generatorCpuShare: middle(({ own }) => own.generatorCpuShare),
    },
  };
}
