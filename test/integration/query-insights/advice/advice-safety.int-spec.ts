import pg from 'pg';
import { adviseWorkload } from '../../../../src/query-insights/advice/workload-advice.js';
import { trustedSql } from '../../../../src/kernel/sql.js';
import type { Queryable } from '../../../../src/platform/database/index.js';
import { useTestDatabase } from '../../../support/test-database.js';

const STATEMENTS = [
  'SELECT * FROM orders WHERE customer_id = 7',
  'UPDATE orders SET amount = 1 WHERE customer_id = 7',
  'DELETE FROM orders WHERE customer_id = 7',
  'SELECT * FROM orders WHERE customer_id = $1 FOR UPDATE',
  'INSERT INTO orders SELECT * FROM orders WHERE customer_id = 7',
].map((text) => ({ text, calls: 1 }));

describe('index advice leaves the database alone', () => {
  const server = useTestDatabase({ isMigrated: false });

  beforeAll(async () => {
    await run(
      'CREATE TABLE orders (id int PRIMARY KEY, customer_id int, amount int)',
      'INSERT INTO orders SELECT g, g % 3000, g FROM generate_series(1, 30000) g',
      'ANALYZE orders',
      `CREATE FUNCTION inserts_a_row() RETURNS int VOLATILE LANGUAGE sql AS
        $$ INSERT INTO orders VALUES (-1, 0, 0) RETURNING 1 $$`,
      `CREATE FUNCTION leaves_a_row() RETURNS int STABLE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM inserts_a_row(); RETURN 1; END $$`,
    );
  });

  async function run(...statements: string[]): Promise<void> {
    for (const statement of statements) await server.db.query(trustedSql(statement));
  }

  it('locks no table above AccessShareLock', async () => {
    const modes = new Set<string>();
    const watched = (session: Queryable): Queryable => ({
      query: async (statement, options) => {
        const answer = await session.query(statement, options);
        const locks = await session
          .query<{ mode: string }>(
            trustedSql(
              `SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'`,
            ),
          )
          .catch(() => []);
        for (const { mode } of locks) modes.add(mode);
        return answer as never;
      },
      execute: (statement, options) => session.execute(statement, options),
      copyIn: (statement, bytes) => session.copyIn(statement, bytes),
      copyOut: (statement) => session.copyOut(statement),
    });

    const advice = await server.db.session((session) => adviseWorkload(watched(session), STATEMENTS));

    expect(advice.notExplained).toEqual([]);
    expect([...modes]).toEqual(['AccessShareLock']);
  });

  it('does not wait for a table that is locked, and says so', async () => {
    const locker = new pg.Client(server.url);
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');

    const startedAt = performance.now();
    const advice = await server.db.session((session) => adviseWorkload(session, STATEMENTS.slice(0, 1)));
    await locker.end();

    expect(advice.notExplained[0]?.reason).toMatch(/lock timeout/);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('writes nothing, even by a function that the planner runs', async () => {
    const text = 'SELECT * FROM orders WHERE customer_id = leaves_a_row()';
    const advice = await server.db.session((session) => adviseWorkload(session, [{ text, calls: 1 }]));

    const rows = await server.db.query(trustedSql('SELECT 1 FROM orders WHERE id = -1'));
    expect(rows).toEqual([]);
    expect(advice.notExplained[0]?.reason).toMatch(/read-only/);
  });

  it('goes on with the connection after a statement that failed', async () => {
    const workload = [{ text: 'SELECT * FROM nowhere', calls: 1 }, ...STATEMENTS.slice(0, 1)];

    const { suggestions, notExplained } = await server.db.session((session) =>
      adviseWorkload(session, workload),
    );

    expect(notExplained).toHaveLength(1);
    expect(suggestions.map(({ columns }) => columns)).toEqual([['customer_id']]);
  });

  it('works for a role that may only read the table', async () => {
    const role = `reader_${Math.random().toString(36).slice(2)}`;
    await run(`CREATE ROLE ${role} LOGIN PASSWORD 'reads'`, `GRANT SELECT ON orders TO ${role}`);

    const advice = await server.db.session(async (session) => {
      await session.query(trustedSql(`SET ROLE ${role}`));
      const given = await adviseWorkload(session, STATEMENTS.slice(0, 3));
      await session.query(trustedSql('RESET ROLE'));
      return given;
    });
    await run(`REVOKE ALL ON orders FROM ${role}`, `DROP ROLE ${role}`);

    expect(advice.suggestions.map(({ ddl }) => ddl)).toEqual([
      'CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id)',
    ]);
  });

  it('asks the planner at most 15 times for a statement', async () => {
    const { statements } = await server.db.session((session) => adviseWorkload(session, STATEMENTS));

    expect(Math.max(...statements.map(({ plannerCalls }) => plannerCalls))).toBeLessThanOrEqual(15);
  });
});
