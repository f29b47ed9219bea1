import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { SystemClock } from '../../../src/kernel/clock.js';
import { trustedSql } from '../../../src/kernel/sql.js';
import type { TestMonitors } from '../../../test/support/insights.js';
import { type BenchDatabase, openBenchDatabase } from '../../support/embedded-database.js';
import type { BenchRow } from '../../support/report.js';
import { type MonitorScale, monitorsOf } from './world.js';

const GOAL = 0.005;
const SESSIONS = 40;
const STATEMENTS = 1_500;
/** Of /proc: Linux counts hundredths of a second, whatever the machine. */
const TICKS_PER_SECOND = 100;
const ACTIVITY_MS = 1_000;
const DATABASE_MS = 10_000;
const STATEMENTS_MS = 30_000;
const RELATIONS_MS = 60_000;

/** Shares of a core that the monitors take at their real pace, on the server and in this process. */
export async function benchMonitorsCost({ watchMs }: MonitorScale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const sessions = await openSessions(database);
  const monitors = monitorsOf(database);
  try {
    await fill(database);
    // Connections are opened and statements compiled before the clock runs.
    await lookAtAll(monitors);
    const idleMs = await nodeMsOf(() => pause(watchMs));
    const serverBefore = await serverSeconds(monitors);
    let looks = 0;
    const busyMs = await nodeMsOf(async () => {
      looks = await watch(monitors, watchMs);
    });
    const server = ((await serverSeconds(monitors)) - serverBefore) / (watchMs / 1_000);
    const node = Math.max(0, busyMs - idleMs) / watchMs;
    const figures = {
      watchedSeconds: watchMs / 1_000,
      looks,
      activeSessions: SESSIONS,
      statements: STATEMENTS,
    };
    const row = { goal: GOAL, want: 'at most', figures } as const;
    return [
      { id: 'monitors-server-share', ratio: server, against: "one core, by the backends' own time", ...row },
      { id: 'monitors-node-share', ratio: node, against: 'one core, above an idle process', ...row },
    ];
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
    await monitors.close();
    await database.close();
  }
}

/** At the real pace of MonitorsLife; each of the slower ones once at least. Answers how many looks there were. */
async function watch({ monitors }: TestMonitors, watchMs: number): Promise<number> {
  const clock = new SystemClock();
  const end = clock.monotonic() + watchMs;
  const tiers = [
    { everyMs: ACTIVITY_MS, look: () => monitors.lookAtActivity() },
    { everyMs: DATABASE_MS, look: () => monitors.lookAtDatabase() },
    { everyMs: STATEMENTS_MS, look: () => monitors.lookAtStatements() },
    { everyMs: RELATIONS_MS, look: () => monitors.lookAtRelations() },
  ].filter(({ everyMs }) => everyMs <= watchMs);
  let looks = 0;
  await Promise.all(
    tiers.map(async ({ everyMs, look }) => {
      for (let next = clock.monotonic() + everyMs; next <= end; next += everyMs) {
        await pause(Math.max(0, next - clock.monotonic()));
        await look();
        looks += 1;
      }
    }),
  );
  return looks;
}

async function lookAtAll({ monitors }: TestMonitors): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    await monitors.lookAtActivity();
    await monitors.lookAtDatabase();
    await monitors.lookAtStatements();
    await monitors.lookAtRelations();
  }
}

/** Sessions that are busy without using any processor: the sample has as many rows. */
async function openSessions({ url }: BenchDatabase): Promise<pg.Client[]> {
  return Promise.all(
    Array.from({ length: SESSIONS }, async () => {
      const session = new pg.Client(url);
      session.on('error', () => undefined);
      await session.connect();
      session.query('SELECT pg_sleep(600)').catch(() => undefined);
      return session;
    }),
  );
}

/** Different statements for pg_stat_statements to count. */
async function fill({ db }: BenchDatabase): Promise<void> {
  for (let index = 0; index < STATEMENTS; index += 1) {
    await db.query(trustedSql(`SELECT 1 AS c${index}`));
  }
}

async function nodeMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Processor time of the backends that serve the monitors. */
async function serverSeconds({ db }: TestMonitors): Promise<number> {
  const rows = await db.query<{ pid: number }>(
    trustedSql(`SELECT pid FROM pg_stat_activity WHERE application_name = 'plimsoll-monitor'`),
  );
  const ticks = rows.map(({ pid }) => {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
    return user + system;
  });
  return ticks.reduce((sum, count) => sum + count, 0) / TICKS_PER_SECOND;
}
