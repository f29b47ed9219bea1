import { SystemClock } from '../../../src/kernel/clock.js';
import { sql, trustedSql } from '../../../src/kernel/sql.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { QueryProfile } from '../../../src/query-insights/profile/query-profile.js';
import { byFigure, viewStatement } from '../../../src/query-insights/profile/statement-view.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { useTestDatabase } from '../../support/test-database.js';

const database = useTestDatabase();
const logger = new CollectingLogger();
let profile: QueryProfile;

beforeAll(() => {
  profile = new QueryProfile({
    clock: new SystemClock(),
    logger,
    registry: new MetricRegistry(),
    slowMs: 100,
  });
  database.db.watch(profile.watcher);
});
beforeEach(() => profile.reset());
afterAll(() => profile.stop());

async function views() {
  return (await profile.read()).filter(({ total }) => total.calls > 0).map((one) => viewStatement(one));
}

describe('the profile of statements on PostgreSQL', () => {
  it('has calls, rows and times of what was sent, prepared or not, in transactions or not', async () => {
    await database.db.query(sql`SELECT n FROM generate_series(1, ${3}) n`);
    await database.db.query(sql`SELECT n FROM generate_series(1, ${4}) n`, { prepareAs: 'three' });
    await database.db.transaction((transaction) =>
      transaction.query(sql`SELECT n FROM generate_series(1, ${5}) n`),
    );

    const found = (await views()).sort(byFigure('rows'));

    expect(found[0]).toMatchObject({ kind: 'select', calls: 3, rows: 12, errors: 0 });
    expect(found[0]?.maxMs).toBeGreaterThan(0);
    expect(found.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['transaction']));
  });

  it('keeps what took long, and logs it without its values', async () => {
    await database.db.query(sql`SELECT pg_sleep(0.15), ${'a secret'}::text, 'another secret'`);

    const [sample, ...others] = profile.slowLog.slowest(100, 10);
    const [view] = await views();

    expect(others).toEqual([]);
    expect(sample).toMatchObject({
      text: 'SELECT pg_sleep(?), $1::text, ?',
      parameters: [{ type: 'text', length: 8 }],
      rows: 1,
    });
    expect(sample?.durationMs).toBeGreaterThanOrEqual(150);
    expect(view?.p95Ms).toBeGreaterThanOrEqual(148);
    expect(JSON.stringify([sample, view, logger.lines])).not.toContain('secret');
  });

  it('tells failures by their class', async () => {
    await expect(database.db.query(sql`SELECT 1 / ${0}::int`)).rejects.toThrow();
    await expect(database.db.query(sql`SELECT * FROM nowhere`)).rejects.toThrow();

    const classes = (await views()).map(({ errorClasses }) => errorClasses);

    expect(classes).toEqual(expect.arrayContaining([{ 22: 1 }, { 42: 1 }]));
  });

  it('takes statements of 100 kB, of 6,000 columns and nested 1,000 deep', async () => {
    const columns = Array.from({ length: 6_000 }, (_, index) => `1 AS c${index}`).join(', ');
    const list = Array.from({ length: 20_000 }, (_, index) => index).join(', ');
    await database.db.query(trustedSql(`SELECT n FROM generate_series(1, 5) n WHERE n IN (${list})`));
    await database.db.query(trustedSql(`SELECT n FROM generate_series(1, 5) n WHERE n IN (${list}, 7)`));
    await expect(database.db.query(trustedSql(`SELECT ${columns}`))).rejects.toThrow();
    await database.db.query(trustedSql(`SELECT ${'('.repeat(1_000)}1${')'.repeat(1_000)} AS deep`));

    const found = await views();

    // Aliases and repeated expressions do not count: the last two are one statement, SELECT of a literal.
    expect(found.map(({ calls, errors }) => [calls, errors]).sort()).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(found.every(({ text }) => text.length <= 2_000)).toBe(true);
  });
});
