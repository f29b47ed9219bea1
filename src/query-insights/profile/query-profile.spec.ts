import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { runAs } from '../../platform/runtime/index.js';
import { MetricRegistry, snapshotMetrics } from '../../platform/telemetry/index.js';
import { QueryProfile } from './query-profile.js';
import { byFigure, viewStatement } from './statement-view.js';

function setUp(maxTexts = 100) {
  const [clock, logger, registry] = [new FakeClock(), new CollectingLogger(), new MetricRegistry()];
  const profile = new QueryProfile({ clock, logger, registry, slowMs: 1_000, maxTexts });
  /** Runs a statement that takes `ms`. */
  const run = async (text: string, ms: number, values: unknown[] = [], rows = 1): Promise<void> => {
    const ended = profile.watcher.began({ text, values, connection: {} });
    await clock.advance(ms);
    ended({ rows });
  };
  const fail = (text: string, code: string): void => {
    const ended = profile.watcher.began({ text, values: [], connection: {} });
    ended({ rows: 0, error: Object.assign(new TypeError('failed'), { code }) });
  };
  const views = async () => (await profile.read()).map((statement) => viewStatement(statement));
  return { clock, logger, registry, profile, run, fail, views };
}

describe('QueryProfile', () => {
  it('counts texts with one fingerprint together', async () => {
    const { profile, run, views } = setUp();
    await run('SELECT a FROM t WHERE id = $1', 10);
    await run('select a  from t where id = 42', 30);
    await run('SELECT b FROM t', 5);

    const [first, second] = (await views()).sort(byFigure('totalMs'));

    expect(first).toMatchObject({ kind: 'select', calls: 2, rows: 2, totalMs: 40, meanMs: 20, maxMs: 30 });
    expect(second).toMatchObject({ calls: 1, totalMs: 5, text: 'SELECT b FROM t' });
    await profile.stop();
  });

  it('goes on counting after it was read, and starts anew after a reset', async () => {
    const { profile, run, views } = setUp();
    await run('SELECT 1', 10);
    await views();
    await run('SELECT 2', 10);
    expect(await views()).toMatchObject([{ calls: 2 }]);

    profile.reset();
    await run('SELECT 3', 10);

    expect(await views()).toMatchObject([{ calls: 1 }]);
    await profile.stop();
  });

  it('gives each window what ran in it, once', async () => {
    const { profile, run } = setUp();
    const calls = async (): Promise<number[]> =>
      [...(await profile.takeWindow()).values()].map((figures) => figures.calls);
    await run('SELECT 1', 10);
    await run('SELECT 1', 10);

    expect(await calls()).toEqual([2]);
    expect(await calls()).toEqual([]);
    await run('SELECT 1', 10);
    expect(await calls()).toEqual([1]);
    await profile.stop();
  });

  it('tells failures by their class, and deadlocks by themselves', async () => {
    const { profile, fail, views, registry } = setUp();
    fail('UPDATE t SET a = 1', '40P01');
    fail('UPDATE t SET a = 1', '40001');
    fail('UPDATE t SET a = 1', 'ECONNRESET');
    fail('UPDATE t SET a = 1', 'EPIPE');

    expect(await views()).toMatchObject([
      { calls: 4, errors: 4, deadlocks: 1, errorClasses: { 40: 2, client: 2 } },
    ]);
    const counters = new Map(snapshotMetrics(registry).counters.map(({ name, series }) => [name, series]));
    expect(counters.get('query_deadlocks_total')).toMatchObject([{ value: 1 }]);
    await profile.stop();
  });

  it('groups what no grammar knows by its text without values', async () => {
    const { profile, run, views } = setUp();
    await run("SELEC 'a' FRM 1", 1);
    await run("SELEC 'b' FRM 2", 1);
    await run('MOVES IT', 1);

    const found = await views();

    expect(found.map(({ kind, calls, text }) => [kind, calls, text]).sort()).toEqual([
      ['unknown', 1, 'MOVES IT'],
      ['unknown', 2, 'SELEC ? FRM ?'],
    ]);
    expect(found.every(({ fingerprint }) => fingerprint.startsWith('t'))).toBe(true);
    await profile.stop();
  });

  it('takes statements of 100 kB, of 6,000 columns and nested 1,000 deep', async () => {
    const { profile, run, views } = setUp();
    const columns = Array.from({ length: 6_000 }, (_, index) => `c${index}`).join(', ');
    const long = (secret: string): string => `SELECT '${secret.repeat(20_000)}'`;
    await run(long('geheim'), 1);
    await run(long('secret'), 1);
    await run(`SELECT ${columns} FROM t`, 1);
    await run(`SELECT ${'('.repeat(1_000)}1${')'.repeat(1_000)}`, 1);
    await run(`SELECT ${'('.repeat(100_000)}1`, 1);

    const found = (await views()).sort(byFigure('calls'));

    // `SELECT 'text'`, and 1,000 brackets around a number, are one statement: SELECT of a literal.
    expect(found.map(({ calls }) => calls)).toEqual([3, 1, 1]);
    expect(found.every(({ text }) => text.length <= 2_000 && !/geheim|secret/.test(text))).toBe(true);
    await profile.stop();
  });

  it('counts together what finds no place, and makes room for what is called often', async () => {
    const { profile, run, views, registry } = setUp(10);
    for (let index = 0; index < 10; index += 1) await run(`SELECT c FROM t${index}`, 1);
    for (let call = 0; call < 3; call += 1) await run('SELECT c FROM t7', 1);
    await run('SELECT late FROM t', 1);
    expect(snapshotMetrics(registry).gauges).toMatchObject([{ series: [{ value: 10 }] }]);

    await profile.makeRoom();
    await run('SELECT late FROM t', 1);

    const found = await views();
    expect(profile.other.calls).toBe(1);
    expect(found.find(({ text }) => text.includes('late'))).toMatchObject({ calls: 1 });
    expect(found.find(({ text }) => text.includes('t7'))).toMatchObject({ calls: 4 });
    expect(found.reduce((sum, { calls }) => sum + calls, 0)).toBe(14);
    await profile.stop();
  });

  it('keeps percentiles within 1 % of the exact ones', async () => {
    const { profile, run, views } = setUp();
    const durations = Array.from({ length: 500 }, (_, index) => 1.013 ** index);
    for (const ms of durations) await run('SELECT 1', ms);

    const [view] = await views();

    for (const [name, rank] of [
      ['p50Ms', 0.5],
      ['p95Ms', 0.95],
      ['p99Ms', 0.99],
    ] as const) {
      const exact = durations[Math.ceil(rank * 500) - 1] ?? NaN;
      expect(Math.abs((view?.[name] ?? NaN) / exact - 1)).toBeLessThan(0.01);
    }
    await profile.stop();
  });
});

describe('slow statements', () => {
  it('are kept and logged with the request that asked, without values', async () => {
    const { profile, run, logger } = setUp();

    await runAs({ requestId: 'r-1', route: () => 'GET /things' }, () =>
      run("SELECT 'hidden', $1", 1_000, ['hidden too']),
    );
    await run('SELECT 1', 999);

    const samples = profile.slowLog.slowest(0, 10);
    expect(samples).toMatchObject([
      {
        durationMs: 1_000,
        text: 'SELECT ?, $1',
        requestId: 'r-1',
        route: 'GET /things',
        job: null,
        parameters: [{ type: 'text', length: 10 }],
        sqlState: null,
      },
    ]);
    expect(JSON.stringify([samples, logger.lines])).not.toContain('hidden');
    expect(logger.messages('warn')).toEqual(['Slow statement']);
  });

  it('fill neither the log nor the memory', async () => {
    const { profile, run, logger, clock } = setUp();
    for (let call = 0; call < 300; call += 1) await run('SELECT 1', 1_000);
    await clock.advance(60_000);
    await run('SELECT 1', 1_000);

    expect(profile.slowLog.slowest(0, 1_000)).toHaveLength(200);
    expect(logger.lines.length).toBeLessThanOrEqual(70);
    expect(logger.lines.at(-1)?.fields).toHaveProperty('unloggedBefore');
  });
});
