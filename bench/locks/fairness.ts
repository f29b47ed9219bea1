import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';

const PROCESSES = 4;
const CONTENDERS = 16;
const READY_MS = 200;
const MODULE = new URL('./contender-process.ts', import.meta.url);

/** How one process takes part. */
export interface Contest {
  readonly contenders: number;
  /** Wall-clock time, which the processes of one machine share. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Whether everybody who wants a lock gets it as often as the others. */
export async function benchFairness(url: string, scale: Scale): Promise<BenchRow[]> {
  const processes = await Promise.all(
    Array.from({ length: PROCESSES }, () => PeerProcess.start(MODULE, { url })),
  );
  try {
    const ours = await contest(processes, 'plimsoll', scale.contestMs);
    const theirs = await contest(processes, 'redlock', scale.contestMs);
    return [
      {
        id: 'fairness',
        ratio: Math.max(...ours) / Math.min(...ours),
        against: `most to fewest acquisitions of ${CONTENDERS} contenders in ${PROCESSES} processes`,
        goal: 1.2,
        want: 'at most',
        figures: { ...figuresOf('', ours), ...figuresOf('redlock', theirs) },
      },
    ];
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

function figuresOf(name: string, counts: readonly number[]): Record<string, number> {
  const named = (what: string): string => (name === '' ? what.toLowerCase() : name + what);
  return { [named('Fewest')]: Math.min(...counts), [named('Most')]: Math.max(...counts) };
}

async function contest(
  processes: readonly PeerProcess[],
  name: string,
  contestMs: number,
): Promise<readonly number[]> {
  const fromMs = Date.now() + READY_MS;
  const input: Contest = {
    contenders: CONTENDERS / processes.length,
    fromMs,
    untilMs: fromMs + contestMs,
  };
  return (await Promise.all(processes.map((process) => process.ask<number[]>(name, input)))).flat();
}
