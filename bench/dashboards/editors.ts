import pg from 'pg';
import { ApiClient } from '../../test/support/api-client.js';
import { type BenchDatabase, openBenchDatabase } from '../support/embedded-database.js';
import { percentile, timeOnce } from '../support/measure.js';
import { PeerProcess } from '../support/peer-process.js';
import type { BenchRow } from '../support/report.js';
import { ServerProcess } from '../../test/support/server-process.js';
import { CELLS, fillLayouts, PER_ROW } from './data.js';
import type { Action, EditorsOrder, EditorsResult, ReadsOrder } from './editors-process.js';
import type { Scale } from './scale.js';

const EDITORS = new URL('./editors-process.ts', import.meta.url);
const ADMIN_KEY = `plim_bench_${'layouts-'.repeat(5)}`;
/** A tenth of the budgets of the specification, p95. */
const GOALS_MS: Readonly<Record<Action, number>> = {
  load: 10,
  add: 30,
  move: 20,
  resize: 20,
  delete: 25,
  undo: 30,
  redo: 30,
  search: 10,
  filter: 10,
};
const ELSEWHERE_PER_SECOND = 50;
/** Of one region in four, of one in fifty, and of one in five thousand. */
const WORDS = ['rob', 'w12', 'w4999'];
const FLOOR_RUNS = 300;

interface Scene {
  readonly database: BenchDatabase;
  readonly server: ServerProcess;
  readonly people: PeerProcess;
  readonly api: ApiClient;
  readonly layoutIds: readonly string[];
}

/** Editors at one full layout, beside thousands of others. */
export async function benchEditors(redisUrl: string, scale: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const server = await ServerProcess.start({
    env: {
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
      LOG_LEVEL: 'error',
      SHUTDOWN_NOT_READY_MS: '0',
    },
  });
  const people = await PeerProcess.start(EDITORS);
  try {
    const layoutIds = await fillLayouts(database.db, { ...scale, tenantId: await tenantOf(database) });
    const api = new ApiClient(server.url, ADMIN_KEY);
    return await measure({ database, server, people, api, layoutIds }, scale);
  } finally {
    await Promise.all([people.stop(), server.kill()]);
    await database.close();
  }
}

async function measure(scene: Scene, scale: Scale): Promise<BenchRow[]> {
  const { api, people, server, layoutIds, database } = scene;
  // Room for one region of each editor: a layout has no more than it may.
  const [layoutId = ''] = await fillLayouts(database.db, {
    ...{ tenantId: await tenantOf(database), layouts: 1, firstNumber: scale.layouts },
    regionsPerLayout: scale.regionsPerLayout - scale.editors,
  });
  const keys: string[] = [];
  for (let index = 0; index < scale.editors; index += 1) keys.push(await api.createKey('editor'));
  const elsewhere = { url: server.url, key: ADMIN_KEY, perSecond: ELSEWHERE_PER_SECOND };
  const loadsOf = (ids: readonly string[]) => ids.map((id) => `/api/layouts/${id}`);
  const searchesFor = (count: number) =>
    Array.from({ length: count }, (_, n) => `/api/layouts/regions?search=${WORDS[n % WORDS.length] ?? ''}`);
  const warming = [...loadsOf(layoutIds.slice(-scale.readsToWarmUp)), ...searchesFor(scale.readsToWarmUp)];
  await read(people, { ...elsewhere, paths: warming });
  const others = layoutIds.slice(0, scale.readsElsewhere);
  const first = await read(people, { ...elsewhere, paths: loadsOf(others) });
  const searched = await read(people, { ...elsewhere, paths: searchesFor(others.length) });
  const edited = await people.ask<EditorsResult>('edit', {
    ...{ url: server.url, layoutId, keys, seconds: scale.seconds, warmUpSeconds: scale.warmUpSeconds },
    freeRow: Math.ceil(scale.regionsPerLayout / PER_ROW) * CELLS.height,
  } satisfies EditorsOrder);
  if (edited.failed > 0) process.stdout.write(`${edited.failed} failures: ${edited.failures.join('\n')}\n`);
  return [
    ...rowsOf(edited, scale, await floors(database.url, layoutId)),
    rowOf('load-first-p95-ms', GOALS_MS.load, first, { layouts: others.length }),
    rowOf('search-everywhere-p95-ms', GOALS_MS.search, searched, {
      regions: scale.layouts * scale.regionsPerLayout,
    }),
  ];
}

function rowsOf({ times, late, failed }: EditorsResult, { editors }: Scale, floor: Floors): BenchRow[] {
  return (Object.keys(GOALS_MS) as Action[]).map((action) =>
    rowOf(
      `${action}-p95-ms`,
      GOALS_MS[action],
      { times: times[action], failed },
      {
        editors,
        askedLateP95Ms: Number(percentile(late, 0.95).toPrecision(3)),
        statementAloneP95Ms: ['load', 'search', 'filter'].includes(action) ? floor.readMs : floor.writeMs,
      },
    ),
  );
}

interface Reads {
  readonly times: readonly number[];
  readonly failed: number;
}

function read(people: PeerProcess, order: ReadsOrder): Promise<Reads> {
  return people.ask<Reads>('read', order);
}

function rowOf(
  id: string,
  goal: number,
  { times, failed }: Reads,
  figures: Record<string, number>,
): BenchRow {
  const of = (share: number): number => Number(percentile(times, share).toPrecision(3));
  return {
    id,
    // What was not answered took for ever.
    ratio: failed > 0 || times.length === 0 ? Infinity : percentile(times, 0.95),
    against: 'ms, p95 over HTTP, open loop, from the moment each was due',
    goal,
    want: 'at most',
    figures: { p50Ms: of(0.5), p99Ms: of(0.99), asked: times.length, failed, ...figures },
  };
}

interface Floors {
  readonly readMs: number;
  readonly writeMs: number;
}

/** The least that the same could cost: one statement that reads a layout's regions, and one that changes one. */
async function floors(url: string, layoutId: string): Promise<Floors> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const [reads, writes]: [number[], number[]] = [[], []];
    for (let run = 0; run < FLOOR_RUNS; run += 1) {
      reads.push(
        await timeOnce(() => client.query('SELECT * FROM layout_regions WHERE layout_id = $1', [layoutId])),
      );
      writes.push(
        await timeOnce(() =>
          client.query(
            'UPDATE layout_regions SET title = $2 WHERE id = (SELECT min(id) FROM layout_regions WHERE layout_id = $1)',
            [layoutId, `run ${run}`],
          ),
        ),
      );
    }
    const p95 = (times: number[]): number => Number(percentile(times, 0.95).toPrecision(3));
    return { readMs: p95(reads), writeMs: p95(writes) };
  } finally {
    await client.end();
  }
}

async function tenantOf({ url }: BenchDatabase): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(
      "SELECT id::text AS id FROM tenants WHERE slug = 'default'",
    );
    const [tenant] = rows;
    if (tenant === undefined) throw new TypeError('There is no tenant.');
    return tenant.id;
  } finally {
    await client.end();
  }
}
