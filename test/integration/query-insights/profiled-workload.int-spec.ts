import { SystemClock } from '../../../src/kernel/clock.js';
import { sql } from '../../../src/kernel/sql.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { IndexAdvisor } from '../../../src/query-insights/advice/index-advisor.js';
import { ServerWorkload } from '../../../src/query-insights/advice/recorded-workload.js';
import { ProfiledWorkload } from '../../../src/query-insights/profile/profiled-workload.js';
import { QueryProfile } from '../../../src/query-insights/profile/query-profile.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { useTestDatabase } from '../../support/test-database.js';

const database = useTestDatabase();

describe('the recorded workload without pg_stat_statements', () => {
  it('is that of this process, and advice is made for it', async () => {
    const clock = new SystemClock();
    const profile = new QueryProfile({
      clock,
      logger: new CollectingLogger(),
      registry: new MetricRegistry(),
      slowMs: 1_000,
    });
    await database.db.query(sql`CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, note text)`);
    await database.db.query(
      sql`INSERT INTO orders SELECT n, n % 5000, repeat('x', 50) FROM generate_series(1, 50000) n`,
    );
    await database.db.query(sql`ANALYZE orders`);
    database.db.watch(profile.watcher);
    for (let customer = 0; customer < 5; customer += 1) {
      await database.db.query(sql`SELECT id, note FROM orders WHERE customer = ${customer}`);
    }
    const workload = new ProfiledWorkload(new ServerWorkload(database.db), profile);

    const recorded = await workload.read(10);
    const { source, reason, suggestions } = await new IndexAdvisor(database.db, workload, clock).report(10);
    await profile.stop();

    expect(recorded.statements).toContainEqual({
      text: 'SELECT id, note FROM orders WHERE customer = $1',
      calls: 5,
      meanMs: expect.any(Number),
    });
    expect(source).toBe('client-profile');
    expect(reason).toContain('this instance alone');
    expect(suggestions).toMatchObject([
      { tableName: expect.stringContaining('orders'), columns: ['customer'] },
    ]);
  });
});
