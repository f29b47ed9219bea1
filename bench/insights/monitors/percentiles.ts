import { Clock, type Timer } from '../../../src/kernel/clock.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { QueryProfile } from '../../../src/query-insights/profile/query-profile.js';
import { viewStatement } from '../../../src/query-insights/profile/statement-view.js';
import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { percentile } from '../../support/measure.js';
import type { BenchRow } from '../../support/report.js';
import type { MonitorScale } from './world.js';

const GOAL = 0.02;
const Z_95 = 1.6449;
const Z_99 = 2.3263;

/** A clock whose time is what the bench says: only durations are of interest. */
class SetClock extends Clock {
  private ms = 0;

  now(): Date {
    return new Date(this.ms);
  }

  monotonic(): number {
    return this.ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }

  after(delayMs: number, run: () => void): Timer {
    const handle = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  }
}

/** Shapes that durations have: even, skewed, with two humps, with a heavy tail, nearly constant. Ms. */
const SHAPES: Readonly<Record<string, (uniform: () => number) => number>> = {
  uniform: (uniform) => 0.1 + uniform() * 100,
  lognormal: (uniform) => Math.exp(1 + 0.8 * normal(uniform)),
  bimodal: (uniform) => (uniform() < 0.93 ? 0.5 + uniform() * 0.1 : 400 + uniform() * 300),
  pareto: (uniform) => 0.2 / (1 - uniform()) ** 0.7,
  steady: (uniform) => 7 + uniform() * 1e-3,
};

/** p95 and p99 by fingerprint against exact ones, and against what mean and deviation would give. */
export async function benchPercentiles({ durations: count }: MonitorScale): Promise<BenchRow[]> {
  let worst = 0;
  let worstOfNormal = 0;
  for (const [seed, shape] of Object.values(SHAPES).entries()) {
    const values = durationsOf(shape, { count, seed: seed + 17 });
    const [p95, p99] = await profiled(values);
    const [exact95, exact99] = [percentile(values, 0.95), percentile(values, 0.99)];
    worst = Math.max(worst, errorOf(p95, exact95), errorOf(p99, exact99));
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    const guesses = [errorOf(mean + Z_95 * deviation, exact95), errorOf(mean + Z_99 * deviation, exact99)];
    worstOfNormal = Math.max(worstOfNormal, ...guesses);
  }
  const figures = {
    durations: count,
    shapes: Object.keys(SHAPES).length,
    worstOfNormalEstimate: worstOfNormal,
  };
  const against = 'exact p95 and p99, worst of five shapes';
  return [{ id: 'percentile-error', ratio: worst, against, goal: GOAL, want: 'at most', figures }];
}

async function profiled(values: readonly number[]): Promise<[p95: number, p99: number]> {
  const clock = new SetClock();
  const [logger, registry] = [new CollectingLogger(), new MetricRegistry()];
  const profile = new QueryProfile({ clock, logger, registry, slowMs: Infinity });
  const connection = {};
  for (const value of values) {
    const ended = profile.watcher.began({ text: 'SELECT $1', values: [1], connection });
    clock.advance(value);
    ended({ rows: 1 });
  }
  const [statement] = await profile.read();
  await profile.stop();
  if (statement === undefined) throw new TypeError('the statement is not in the profile');
  const { p95Ms, p99Ms } = viewStatement(statement);
  return [p95Ms ?? NaN, p99Ms ?? NaN];
}

function durationsOf(
  shape: (uniform: () => number) => number,
  { count, seed }: { count: number; seed: number },
): number[] {
  let state = seed;
  const uniform = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length: count }, () => shape(uniform));
}

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function errorOf(value: number, exact: number): number {
  return Math.abs(value / exact - 1);
}
