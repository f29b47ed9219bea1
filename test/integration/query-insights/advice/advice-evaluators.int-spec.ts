import { trustedSql } from '../../../../src/kernel/sql.js';
import { Catalog } from '../../../../src/query-insights/advice/catalog.js';
import { CatalogRepository } from '../../../../src/query-insights/advice/catalog.repository.js';
import { PlannerRepository } from '../../../../src/query-insights/advice/planner.repository.js';
import {
  StatementAnalyst,
  type StatementAnalysis,
} from '../../../../src/query-insights/advice/statement-analysis.js';
import { SqlParser } from '../../../../src/query-insights/sql/parser.js';
import { useTestDatabase } from '../../../support/test-database.js';

const TEXT = 'SELECT * FROM orders WHERE customer_id = 7';

describe.each(['model', 'hypopg'] as const)('costs under indexes that are not there, by %s', (method) => {
  const server = useTestDatabase({ isMigrated: false });
  let isThere = method === 'model';

  beforeAll(async () => {
    const run = (text: string) => server.db.query(trustedSql(text));
    await run('CREATE TABLE orders (id int PRIMARY KEY, customer_id int, amount int)');
    await run('INSERT INTO orders SELECT g, g % 3000, g FROM generate_series(1, 30000) g');
    await run('ANALYZE orders');
    // The embedded server has no hypopg: there, only the model keeps the contract.
    const found = await run(`SELECT FROM pg_available_extensions WHERE name = 'hypopg'`);
    if (method === 'hypopg' && found.length > 0) {
      await run('CREATE EXTENSION hypopg');
      isThere = true;
    }
  });

  /** Analyses the statement and hands over its evaluator while the connection is held. */
  function analysed(work: (analysis: StatementAnalysis) => Promise<void>): Promise<void> {
    return server.db.session(async (session) => {
      const catalog = new Catalog(new CatalogRepository(session));
      const planner = new PlannerRepository(
        session,
        method === 'hypopg' ? await catalog.hypopgSchema() : undefined,
      );
      const analyst = new StatementAnalyst(await SqlParser.load(), planner, catalog);
      const analysis = await analyst.analyse({ text: TEXT, calls: 1 });
      if ('reason' in analysis) throw new Error(analysis.reason);
      await planner.inTransaction(() => work(analysis));
    });
  }

  it('gives the cost of the plan when there are none', async () => {
    if (!isThere) return;
    await analysed(async ({ evaluator, model }) => {
      expect(evaluator.method).toBe(method);
      expect(await evaluator.evaluate([])).toEqual({ cost: model.cost, used: [] });
    });
  });

  it('is cheaper with an index that serves the statement, and names it', async () => {
    if (!isThere) return;
    await analysed(async ({ evaluator, model, choice }) => {
      const { cost, used } = await evaluator.evaluate(choice.indexes);
      expect(used).toEqual(choice.indexes);
      expect(cost).toBeLessThan(model.cost / 2);
    });
  });

  it('costs the same with an index that serves nothing', async () => {
    if (!isThere) return;
    await analysed(async ({ evaluator, model, choice }) => {
      const useless = choice.indexes.map((index) => ({
        ...index,
        shape: { ...index.shape, keys: [{ column: 'amount', isDescending: false, isNullsFirst: false }] },
      }));
      expect(await evaluator.evaluate(useless)).toEqual({ cost: model.cost, used: [] });
    });
  });
});
