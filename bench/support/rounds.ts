import { setTimeout as pause } from 'node:timers/promises';
import { median } from './measure.js';

/**
 * One way to do the same work. `run` does it `count` times in a loop written out for it alone: a loop that all
 * share would be compiled for all of them, and hide what they differ in.
 */
export interface Contestant {
  readonly name: string;
  /** @returns something that depends on every result, so that no work can be left out */
  run(count: number): Promise<number>;
}

/** How long each contestant is measured. */
export interface RoundOptions {
  readonly rounds: number;
  readonly sampleMs: number;
}

/** Rates of contestants, round by round. */
export class Rounds {
  constructor(private readonly rates: ReadonlyMap<string, readonly number[]>) {}

  /** Median operations per second. */
  perSecond(name: string): number {
    return Math.round(median(this.of(name)));
  }

  /** Median of the ratios within single rounds: what slows a whole round down does not show. */
  ratio(name: string, reference: string): number {
    const base = this.of(reference);
    return median(this.of(name).map((rate, round) => rate / (base[round] ?? NaN)));
  }

  private of(name: string): readonly number[] {
    return this.rates.get(name) ?? [];
  }
}

const FIRST_COUNT = 256;
const TURNS_MS = 2;
let consumed = 0;

/** Measures contestants in alternating order, each warmed up and with as many repetitions as fill a sample. */
export async function alternate(
  contestants: readonly Contestant[],
  { rounds, sampleMs }: RoundOptions,
): Promise<Rounds> {
  const counts = new Map<string, number>();
  for (const contestant of contestants) counts.set(contestant.name, await calibrate(contestant, sampleMs));
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const count = counts.get(contestant.name) ?? FIRST_COUNT;
      rates.get(contestant.name)?.push((count / (await timed(contestant, count))) * 1_000);
    }
  }
  if (Number.isNaN(consumed)) throw new TypeError('a contestant lost results');
  return new Rounds(rates);
}

/** Doubles the count until a run is long enough to tell the rate; that is the warm-up, too. */
async function calibrate(contestant: Contestant, sampleMs: number): Promise<number> {
  for (let count = FIRST_COUNT; ; count *= 2) {
    const tookMs = await timed(contestant, count);
    if (tookMs >= sampleMs) return Math.max(1, Math.round((count * sampleMs) / tookMs));
  }
}

async function timed(contestant: Contestant, count: number): Promise<number> {
  // Timers and sockets get their turns: loops of microtasks keep them waiting.
  await pause(TURNS_MS);
  const startedAt = performance.now();
  consumed += await contestant.run(count);
  return performance.now() - startedAt;
}

/** Runs `work` for the numbers below `count`, `inFlight` at a time; returns the sum of what it gives. */
export async function inParallel(
  count: number,
  inFlight: number,
  work: (index: number) => Promise<number>,
): Promise<number> {
  let next = 0;
  let sum = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const result = await work(index);
      sum += result;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return sum;
}
