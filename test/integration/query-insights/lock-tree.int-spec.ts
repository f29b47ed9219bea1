import { sql } from '../../../src/kernel/sql.js';
import { snapshotMetrics } from '../../../src/platform/telemetry/index.js';
import { eventually } from '../../support/eventually.js';
import { blockInChain, openMonitors, pidOf, Sessions, type TestMonitors } from '../../support/insights.js';
import { useTestDatabase } from '../../support/test-database.js';

const OPERATOR = { seesOthers: true };
const sessions = new Sessions(() => database.url);
// Before the database looks whether anything was left open.
afterEach(() => sessions.closeAll());
const database = useTestDatabase();
let watching: TestMonitors;

beforeAll(async () => {
  await database.db.query(sql`CREATE TABLE chain (id int PRIMARY KEY, hits int NOT NULL DEFAULT 0)`);
  await database.db.query(sql`INSERT INTO chain SELECT generate_series(0, 50)`);
  watching = openMonitors(database);
});
afterAll(() => watching.close());

/** Looks until as many sessions are seen waiting. */
function seenWaiting(count: number) {
  return eventually(async () => {
    await watching.monitors.lookAtActivity();
    const report = watching.report.locks(OPERATOR);
    expect(report.waiting).toBe(count);
    return report;
  });
}

describe('the tree of locks on PostgreSQL', () => {
  it('shows a chain of 10 with its root, what it waits for, and since when', async () => {
    const { pids, release } = await blockInChain(sessions, 10);

    const { trees, deadlocked } = await seenWaiting(10);
    await release();

    expect(deadlocked).toEqual([]);
    expect(trees).toHaveLength(1);
    expect(trees[0]?.root).toBe(pids[0]);
    expect(trees[0]?.session).toMatchObject({ state: 'idle in transaction' });
    expect(trees[0]?.waiting.map(({ pid, blockedBy, depth }) => [pid, blockedBy, depth])).toEqual(
      pids.slice(1).map((pid, index) => [pid, [pids[index]], index + 1]),
    );
    const [first] = trees[0]?.waiting ?? [];
    expect(first?.session).toMatchObject({
      lockType: 'transactionid',
      relation: 'chain',
      text: 'UPDATE chain SET hits = hits + ? WHERE id = $1',
    });
    expect(first?.waitMs).toBeGreaterThanOrEqual(0);
    await eventually(async () => {
      await watching.monitors.lookAtActivity();
      expect(watching.report.locks(OPERATOR)).toMatchObject({ waiting: 0, trees: [] });
    });
    expect(watching.report.locks(OPERATOR).recent).toHaveLength(10);
  });

  it('shows nobody who reads beside a writer, and no wait that did not happen (control)', async () => {
    const [writer, reader, sharer] = [await sessions.open(), await sessions.open(), await sessions.open()];
    await writer.query('BEGIN; UPDATE chain SET hits = 1 WHERE id = 1');
    await reader.query('BEGIN; SELECT * FROM chain');
    await sharer.query('BEGIN; SELECT * FROM chain WHERE id = 2 FOR SHARE');

    await watching.monitors.lookAtActivity();

    expect(watching.report.locks(OPERATOR)).toMatchObject({ waiting: 0, trees: [] });
  });

  it('names only those whose locks conflict, where several hold one', async () => {
    const [reader, writer, ddl] = [await sessions.open(), await sessions.open(), await sessions.open()];
    await reader.query('BEGIN; SELECT * FROM chain');
    await writer.query('BEGIN; UPDATE chain SET hits = 1 WHERE id = 1');
    const [readerPid, writerPid, ddlPid] = [await pidOf(reader), await pidOf(writer), await pidOf(ddl)];
    // SHARE conflicts with the writer's ROW EXCLUSIVE, and not with the reader's ACCESS SHARE.
    const waiting = ddl.query('BEGIN; LOCK TABLE chain IN SHARE MODE');

    const { trees } = await seenWaiting(1);
    await writer.query('COMMIT');
    await waiting;

    expect(trees).toMatchObject([
      { root: writerPid, waiting: [{ pid: ddlPid, blockedBy: [writerPid], session: { relation: 'chain' } }] },
    ]);
    expect(trees.some(({ root }) => root === readerPid)).toBe(false);
  });

  it('keeps texts and names from those who may not see them', async () => {
    const { release } = await blockInChain(sessions, 1);
    await seenWaiting(1);

    const hidden = watching.report.locks({ seesOthers: false });
    await release();

    expect(hidden).toMatchObject({
      trees: [
        { session: { text: null, user: null }, waiting: [{ session: { text: null, application: null } }] },
      ],
    });
    expect(JSON.stringify(hidden)).not.toContain('UPDATE');
  });
});

describe('a deadlock of two transactions', () => {
  it('is counted by the client with its statement, and by the server', async () => {
    database.db.watch(watching.profile.watcher);
    await watching.monitors.lookAtDatabase();
    const before = watching.monitors.facts.current.database?.deadlocks ?? 0;
    let arrivals = 0;
    const meet = (first: number, second: number) =>
      database.db.transaction(async (transaction) => {
        await transaction.query(sql`UPDATE chain SET hits = 1 WHERE id = ${first}`);
        arrivals += 1;
        await eventually(() => expect(arrivals).toBe(2));
        await transaction.query(sql`UPDATE chain SET hits = 2 WHERE id = ${second}`);
      });

    const outcomes = await Promise.allSettled([meet(1, 2), meet(2, 1)]);

    const failed = outcomes.filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(1);
    const statements = await watching.profile.read();
    const victims = statements.filter(({ total }) => total.deadlocks > 0);
    expect(victims.map(({ text, total }) => [text, total.deadlocks])).toEqual([
      ['UPDATE chain SET hits = 2 WHERE id = $1', 1],
    ]);
    await eventually(async () => {
      await watching.monitors.lookAtDatabase();
      expect(watching.monitors.facts.current.database?.deadlocks).toBe(before + 1);
    });
    const counters = snapshotMetrics(watching.registry).counters;
    const valueOf = (wanted: string) => counters.find(({ name }) => name === wanted)?.series[0]?.value;
    expect([valueOf('query_deadlocks_total'), valueOf('database_deadlocks_total')]).toEqual([1, 1]);
  });
});
