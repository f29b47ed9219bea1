import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { sql } from '../../src/kernel/sql.js';
import { OwnPostgres } from '../../test/support/own-postgres.js';
import { median } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';
import { openBare, openWatched } from './subject.js';

const CALLERS = 20;
const RUN_MS = 500;

interface Tally {
  done: number;
  failed: number;
}

interface Callers {
  readonly tally: Tally;
  stop(): Promise<void>;
}

/** Statements under way while the server restarts, or ends connections. */
export async function benchFaults(scale: Scale): Promise<BenchRow[]> {
  const server = await OwnPostgres.create();
  const watched = openWatched(server.url);
  const bare = openBare(server.url);
  try {
    const statement = sql`SELECT pg_sleep(0.002)`;
    const read = (): Promise<unknown> => watched.db.read(statement);
    const query = (): Promise<unknown> => watched.db.query(statement);
    const plain = (): Promise<unknown> => bare.sequelize.query('SELECT pg_sleep(0.002)');
    const restart = (): Promise<number> => restarted(server);
    const reads = await repeat(scale.restarts, read, restart);
    const queries = await repeat(scale.restarts, query, restart);
    const control = await repeat(scale.restarts, plain, restart);
    const kills = await repeat(scale.kills, query, () => killed(server.url));
    const controlKills = await repeat(scale.kills, plain, () => killed(server.url));
    const figures = { restarts: scale.restarts, awayMsMedian: median(reads.awayMs) };
    return [
      {
        id: 'restart-failed-reads',
        ratio: reads.failed,
        against: 'no failed read, with the server stopped at once and started again under load',
        goal: 0,
        want: 'at most',
        figures: { ...figures, readsDone: reads.done, controlFailedUnwatched: control.failed },
      },
      {
        id: 'restart-failed-per-connection',
        ratio: queries.failed / (scale.restarts * CALLERS),
        against: 'connections that a restart ended; statements that may not be repeated',
        goal: 1,
        want: 'at most',
        figures: {
          failed: queries.failed,
          done: queries.done,
          controlUnwatched: control.failed / (scale.restarts * CALLERS),
        },
      },
      {
        id: 'terminate-failed-per-connection',
        ratio: kills.failed / (scale.kills * CALLERS),
        against: 'connections ended by pg_terminate_backend; statements that may not be repeated',
        goal: 1,
        want: 'at most',
        figures: {
          failed: kills.failed,
          done: kills.done,
          controlUnwatched: controlKills.failed / (scale.kills * CALLERS),
        },
      },
    ];
  } finally {
    await Promise.all([watched.close(), bare.db.close()]);
    await server.remove();
  }
}

interface Run extends Tally {
  readonly awayMs: readonly number[];
}

/** Runs callers through `times` faults. @param fault returns how long it took */
async function repeat(
  times: number,
  work: () => Promise<unknown>,
  fault: () => Promise<number>,
): Promise<Run> {
  const awayMs: number[] = [];
  const callers = startCallers(work);
  for (let time = 0; time < times; time += 1) {
    await pause(RUN_MS);
    awayMs.push(await fault());
  }
  await pause(RUN_MS);
  await callers.stop();
  return { ...callers.tally, awayMs };
}

function startCallers(work: () => Promise<unknown>): Callers {
  const tally: Tally = { done: 0, failed: 0 };
  let isStopped = false;
  const call = async (): Promise<void> => {
    while (!isStopped) {
      try {
        await work();
        tally.done += 1;
      } catch {
        tally.failed += 1;
        await pause(1);
      }
    }
  };
  const running = Array.from({ length: CALLERS }, call);
  return {
    tally,
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

async function restarted(server: OwnPostgres): Promise<number> {
  const startedAt = performance.now();
  await server.stop('immediate');
  await server.start();
  return performance.now() - startedAt;
}

async function killed(url: string): Promise<number> {
  const startedAt = performance.now();
  const admin = new pg.Client({ connectionString: url, application_name: 'bench' });
  await admin.connect();
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'plimsoll'`,
  );
  await admin.end();
  return performance.now() - startedAt;
}
