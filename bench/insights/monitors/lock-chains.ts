import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { trustedSql } from '../../../src/kernel/sql.js';
import { blockInChain, pidOf, Sessions, type TestMonitors } from '../../../test/support/insights.js';
import { openBenchDatabase } from '../../support/embedded-database.js';
import { percentile } from '../../support/measure.js';
import type { BenchRow } from '../../support/report.js';
import { type MonitorScale, monitorsOf } from './world.js';

const LOOK_EVERY_MS = 1_000;
const LENGTH = 10;
const SEEN_GOAL_MS = 2_000;
const GIVE_UP_MS = 10_000;

/** Table locks of PostgreSQL, and with which others each conflicts (documentation, table 13.2). */
const MODES = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;
const CONFLICTS: readonly (readonly number[])[] = [
  [7],
  [6, 7],
  [4, 5, 6, 7],
  [3, 4, 5, 6, 7],
  [2, 3, 5, 6, 7],
  [2, 3, 4, 5, 6, 7],
  [1, 2, 3, 4, 5, 6, 7],
  [0, 1, 2, 3, 4, 5, 6, 7],
];

/** What PgHero asks to find blocked queries: it pairs whoever has a lock on the same thing. */
const BY_SAME_OBJECT = `
  SELECT blockeda.pid AS waiter, blockinga.pid AS blocker
  FROM pg_locks blockedl
  LEFT JOIN pg_stat_activity blockeda ON blockedl.pid = blockeda.pid
  LEFT JOIN pg_locks blockingl ON blockedl.pid != blockingl.pid AND (
    blockingl.transactionid = blockedl.transactionid
    OR (blockingl.relation = blockedl.relation AND blockingl.locktype = blockedl.locktype))
  LEFT JOIN pg_stat_activity blockinga ON blockingl.pid = blockinga.pid AND blockinga.datid = blockeda.datid
  WHERE NOT blockedl.granted AND blockeda.datname = current_database() AND blockinga.pid IS NOT NULL`;

type Pairs = ReadonlySet<string>;

/** How soon a chain of ten is seen, and whether pairs are the true ones. */
export async function benchLockChains(scale: MonitorScale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const watching = monitorsOf(database);
  const sessions = new Sessions(() => database.url);
  try {
    await database.db.query(
      trustedSql('CREATE TABLE chain (id int PRIMARY KEY, hits int NOT NULL DEFAULT 0)'),
    );
    await database.db.query(trustedSql('INSERT INTO chain SELECT generate_series(0, 50)'));
    await watching.monitors.lookAtActivity();
    const seen = await chains(scale.chains, watching, sessions);
    const pairs = await scenes(scale.lockScenes, watching, sessions);
    return [
      {
        id: 'lock-chain-seen-ms',
        ratio: percentile(seen, 1),
        against: 'the moment the last of ten began to wait; the slowest of all',
        goal: SEEN_GOAL_MS,
        want: 'at most',
        figures: { chains: seen.length, medianMs: Math.round(percentile(seen, 0.5)) },
      },
      {
        id: 'lock-pairs-false',
        ratio: pairs.falseOnes,
        against: 'conflicts by the documentation',
        goal: 0,
        want: 'at most',
        figures: { ...pairs.figures },
      },
      {
        id: 'lock-pairs-missed',
        ratio: pairs.missed,
        against: 'conflicts by the documentation',
        goal: 0,
        want: 'at most',
      },
    ];
  } finally {
    await sessions.closeAll();
    await watching.close();
    await database.close();
  }
}

/** Looks once a second, as MonitorsLife does, and notes when the whole chain with its root is there. */
async function chains(count: number, watching: TestMonitors, sessions: Sessions): Promise<number[]> {
  const seen: number[] = [];
  const over = new AbortController();
  const looking = look(watching, over.signal);
  for (let index = 0; index < count; index += 1) {
    // At any moment between two looks.
    await pause((index * 379) % LOOK_EVERY_MS);
    const { pids, release } = await blockInChain(sessions, LENGTH);
    const startedAt = performance.now();
    while (!isWhole(watching, pids)) {
      if (performance.now() - startedAt > GIVE_UP_MS) throw new TypeError('a chain was never seen');
      await pause(5);
    }
    seen.push(performance.now() - startedAt);
    await release();
    await sessions.closeAll();
  }
  over.abort();
  await looking;
  return seen;
}

async function look(watching: TestMonitors, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await watching.monitors.lookAtActivity();
    await pause(LOOK_EVERY_MS);
  }
}

function isWhole(watching: TestMonitors, pids: readonly number[]): boolean {
  const [tree, ...others] = watching.report.locks({ seesOthers: true }).trees;
  const found = [tree?.root, ...(tree?.waiting ?? []).map(({ pid }) => pid)];
  return others.length === 0 && found.join() === pids.join();
}

interface PairCounts {
  readonly falseOnes: number;
  readonly missed: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** Random holders and one that waits: pairs seen against pairs that must be. */
async function scenes(count: number, watching: TestMonitors, sessions: Sessions): Promise<PairCounts> {
  let [falseOnes, missed, falseOfControl, pairsOfControl, pairs] = [0, 0, 0, 0, 0];
  let state = 4_711;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  for (let scene = 0; scene < count; scene += 1) {
    const { expected, settle } = await play(sessions, random);
    const seen = await pairsSeen(watching);
    const control = await pairsBySameObject(sessions);
    falseOnes += [...seen].filter((pair) => !expected.has(pair)).length;
    missed += [...expected].filter((pair) => !seen.has(pair)).length;
    falseOfControl += [...control].filter((pair) => !expected.has(pair)).length;
    pairsOfControl += control.size;
    pairs += expected.size;
    await settle();
    await sessions.closeAll();
  }
  return {
    falseOnes,
    missed,
    figures: { scenes: count, pairs, falseShareBySameObject: falseOfControl / Math.max(1, pairsOfControl) },
  };
}

/** Sessions with locks that agree with each other, and one whose lock does not agree with some of them. */
async function play(
  sessions: Sessions,
  random: (below: number) => number,
): Promise<{ expected: Pairs; settle: () => Promise<void> }> {
  const held: { client: pg.Client; mode: number }[] = [];
  while (held.length < 5) {
    const mode = random(MODES.length - 1);
    if (held.some((other) => CONFLICTS[mode]?.includes(other.mode))) continue;
    held.push({ client: await lock(sessions, mode), mode });
  }
  const conflicting = CONFLICTS.flatMap((others, mode) =>
    held.some((other) => others.includes(other.mode)) ? [mode] : [],
  );
  const mode = conflicting[random(conflicting.length)] ?? 0;
  const blockers = held.filter((other) => CONFLICTS[mode]?.includes(other.mode));
  const waiter = await sessions.open();
  const waiterPid = await pidOf(waiter);
  const expected = new Set<string>();
  for (const { client } of blockers) expected.add(`${waiterPid} ${await pidOf(client)}`);
  const waiting = waiter.query(`BEGIN; LOCK TABLE chain IN ${MODES[mode] ?? ''} MODE`);
  return {
    expected,
    settle: async () => {
      await Promise.all(held.map(({ client }) => client.query('COMMIT')));
      await waiting;
      await waiter.query('COMMIT');
    },
  };
}

async function lock(sessions: Sessions, mode: number): Promise<pg.Client> {
  const client = await sessions.open();
  await client.query(`BEGIN; LOCK TABLE chain IN ${MODES[mode] ?? ''} MODE`);
  return client;
}

async function pairsSeen(watching: TestMonitors): Promise<Pairs> {
  for (;;) {
    await watching.monitors.lookAtActivity();
    const { trees, waiting } = watching.report.locks({ seesOthers: true });
    if (waiting === 0) continue;
    const nodes = trees.flatMap((tree) => tree.waiting);
    return new Set(nodes.flatMap(({ pid, blockedBy }) => blockedBy.map((blocker) => `${pid} ${blocker}`)));
  }
}

async function pairsBySameObject(sessions: Sessions): Promise<Pairs> {
  const client = await sessions.open();
  const { rows } = await client.query<{ waiter: number; blocker: number }>(BY_SAME_OBJECT);
  return new Set(rows.map(({ waiter, blocker }) => `${waiter} ${blocker}`));
}
