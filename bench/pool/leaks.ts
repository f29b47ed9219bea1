import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../src/kernel/sql.js';
import type { WatchedPool } from '../../test/support/pool.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import { percentile } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';
import { openWatched } from './subject.js';

/** As PoolLife does. */
const SEEK_EVERY_MS = 400;
const GIVE_UP_MS = 10_000;
const CONTROL_MS = 5_000;
const HOLDERS = 5;

/** How long a leaked connection is missing, in a process that makes short-lived garbage all the time. */
export async function benchLeaks(scale: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const watched = openWatched(database.url);
  const garbage = makeGarbage();
  try {
    const isControlProven = await isProvenWithoutSearch(watched);
    const search = setInterval(() => void watched.pool.seekLeaks(), SEEK_EVERY_MS);
    await backToFull(watched);
    // Held for long, and not leaked: they must not be proven.
    const holders = await Promise.all(Array.from({ length: HOLDERS }, () => watched.db.checkOut()));
    const times: Times[] = [];
    for (let leak = 0; leak < scale.leaks; leak += 1) times.push(await timeLeak(watched, leak));
    const isWhole = await Promise.all(holders.map((holder) => holder.query(sql`SELECT 1 AS one`)));
    for (const holder of holders) holder.release();
    clearInterval(search);
    return rowsOf(times, {
      leaks: times.length,
      falseProofs: HOLDERS - isWhole.length,
      controlProvenWithoutSearch: String(isControlProven),
    });
  } finally {
    garbage.stop();
    await watched.close();
    await database.close();
  }
}

interface Times {
  readonly provenMs: number;
  readonly fullMs: number;
}

function rowsOf(times: readonly Times[], figures: Record<string, number | string>): BenchRow[] {
  const proven = times.map(({ provenMs }) => provenMs / 1_000);
  const full = times.map(({ fullMs }) => fullMs / 1_000);
  return [
    {
      id: 'proof-seconds',
      ratio: percentile(proven, 0.95),
      against: 'the moment the last reference was dropped; p95 in seconds',
      goal: 2,
      want: 'at most',
      figures: { p50: percentile(proven, 0.5), max: percentile(proven, 1), ...figures },
    },
    {
      id: 'full-size-seconds',
      ratio: percentile(full, 0.95),
      against: 'the same moment; until every connection can be used again, p95 in seconds',
      goal: 3,
      want: 'at most',
      figures: { p50: percentile(full, 0.5), max: percentile(full, 1) },
    },
  ];
}

async function timeLeak(watched: WatchedPool, index: number): Promise<Times> {
  const before = watched.pool.leaks()[0]?.id ?? 0;
  const active = watched.pool.usage().active;
  // Not in step with the search.
  await pause((index * 97) % SEEK_EVERY_MS);
  if (index % 2 === 0) await leakTransaction(watched);
  else await leakSequelizeTransaction(watched);
  const startedAt = performance.now();
  await until(() => (watched.pool.leaks()[0]?.id ?? 0) > before);
  const provenMs = performance.now() - startedAt;
  await until(() => watched.pool.usage().active === active);
  return { provenMs, fullMs: performance.now() - startedAt };
}

/** Waits for the leak of the control arm as well. */
async function backToFull(watched: WatchedPool): Promise<void> {
  await until(() => watched.pool.usage().active === 0);
}

async function isProvenWithoutSearch(watched: WatchedPool): Promise<boolean> {
  await leakTransaction(watched);
  const startedAt = performance.now();
  while (performance.now() - startedAt < CONTROL_MS && watched.pool.leaks().length === 0) await pause(20);
  return watched.pool.leaks().length > 0;
}

async function leakTransaction({ db }: WatchedPool): Promise<void> {
  await new Promise<void>((resolve) => {
    void db.transaction(async (transaction) => {
      await transaction.query(sql`SELECT 1 AS one`);
      resolve();
      await new Promise(() => undefined);
    });
  });
}

async function leakSequelizeTransaction({ sequelize }: WatchedPool): Promise<void> {
  const transaction = await sequelize.transaction();
  await sequelize.query('SELECT 1', { transaction });
}

async function until(isThere: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!isThere() && performance.now() - startedAt < GIVE_UP_MS) await pause(5);
}

/** What a server makes that answers requests. */
function makeGarbage(): { stop(): void } {
  const timer = setInterval(() => {
    const rows = Array.from({ length: 2_000 }, (_, index) => ({ index, text: `row ${index}` }));
    if (rows.length === 0) clearInterval(timer);
  }, 5);
  return { stop: () => clearInterval(timer) };
}
