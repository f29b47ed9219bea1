import { Histogram } from '../../../src/kernel/histogram.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { sql, type SqlFragment } from '../../../src/kernel/sql.js';
import type { StatementWatcher } from '../../../src/platform/database/index.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { QueryProfile } from '../../../src/query-insights/profile/query-profile.js';
import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import type { BenchRow } from '../../support/report.js';
import { median } from '../../support/measure.js';
import type { MonitorScale } from './world.js';

const GOAL_NS = 1_000;
const NS_PER_US = 1_000;
const CALLS_PER_MS = 500;
let consumed = 0;

/** Statements as the application sends them: each call makes its text anew. */
const STATEMENTS: readonly ((id: number) => SqlFragment)[] = [
  (id) => sql`SELECT id, name, role FROM api_keys WHERE id = ${id} AND revoked_at IS NULL`,
  (id) => sql`UPDATE scheduler_leases SET expires_at = clock_timestamp() WHERE owner = ${id} RETURNING job`,
  (id) => sql`
    SELECT series_id, hour, runs, failures, sum_ms, min_ms, max_ms, sketch FROM scraper_metrics_hourly
    WHERE series_id = ANY (${[id]}) AND hour >= ${id} AND hour < ${id}
      AND NOT EXISTS (SELECT FROM rollup_marks m WHERE m.series_id = scraper_metrics_hourly.series_id
        AND m.hour = scraper_metrics_hourly.hour)
    ORDER BY series_id, hour LIMIT ${id}`,
];

/** A loop written out for one way alone. */
interface Contestant {
  readonly name: string;
  /** Answers something that depends on every call. */
  run(count: number): number;
}

/** What it costs to time a statement, beside what it costs to make its text and no more. */
export async function benchProfilerCost({ rounds, sampleMs }: MonitorScale): Promise<BenchRow[]> {
  const clock = new SystemClock();
  const [logger, registry] = [new CollectingLogger(), new MetricRegistry()];
  const profile = new QueryProfile({ clock, logger, registry, slowMs: 1_000 });
  const calls = sampleMs * CALLS_PER_MS;
  const contestants = [bare(), watched(profile.watcher), histogram()];
  const ns = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds + 2; round += 1) {
    for (const contestant of contestants) {
      const took = cpuNsOf(() => contestant.run(calls)) / calls;
      // The first two are for the compiler.
      if (round >= 2) ns.get(contestant.name)?.push(took);
    }
  }
  await profile.stop();
  const nsOf = (name: string): number => median(ns.get(name) ?? []);
  return [
    {
      id: 'profiler-ns-per-statement',
      ratio: nsOf('watched') - nsOf('bare'),
      against: 'the same statements made and not watched, by processor time',
      goal: GOAL_NS,
      want: 'at most',
      figures: {
        bareNs: Math.round(nsOf('bare')),
        watchedNs: Math.round(nsOf('watched')),
        histogramNs: Math.round(nsOf('histogram')),
      },
    },
  ];
}

/** Processor time: others at work on the machine do not count. */
function cpuNsOf(work: () => number): number {
  const before = process.cpuUsage();
  consumed += work();
  const { user, system } = process.cpuUsage(before);
  if (Number.isNaN(consumed)) throw new TypeError('a contestant lost results');
  return (user + system) * NS_PER_US;
}

function bare(): Contestant {
  return {
    name: 'bare',
    run: (count) => {
      let length = 0;
      for (let call = 0; call < count; call += 1) length += flat(compiled(call).text);
      return length;
    },
  };
}

function watched(watcher: StatementWatcher): Contestant {
  const connections = Array.from({ length: 20 }, () => ({}));
  return {
    name: 'watched',
    run: (count) => {
      let length = 0;
      for (let call = 0; call < count; call += 1) {
        const { text, values } = compiled(call);
        const connection = connections[call % connections.length] ?? {};
        const ended = watcher.began({ text, values, connection });
        length += flat(text);
        ended({ rows: 1 });
      }
      return length;
    },
  };
}

/** As the notes have it: one duration into one histogram. */
function histogram(): Contestant {
  const durations = new Histogram();
  return {
    name: 'histogram',
    run: (count) => {
      for (let call = 0; call < count; call += 1) durations.record(0.1 + (call % 1_000) / 100);
      return durations.count;
    },
  };
}

function compiled(call: number): { text: string; values: readonly unknown[] } {
  return (
    (STATEMENTS[call % STATEMENTS.length] ?? STATEMENTS[0])?.(call).compile() ?? { text: '', values: [] }
  );
}

/** The driver writes the text out, for which it becomes one piece. */
function flat(text: string): number {
  return Buffer.byteLength(text);
}
