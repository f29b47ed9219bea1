import {
  adviseWorkload,
  type WorkloadAdvice,
} from '../../../../src/query-insights/advice/workload-advice.js';
import { trustedSql } from '../../../../src/kernel/sql.js';
import { CASES, SHOP } from '../../../support/advice-cases.js';
import { useTestDatabase } from '../../../support/test-database.js';

const FILLING_MS = 120_000;

describe('index advice on known cases', () => {
  const pg = useTestDatabase({ isMigrated: false, config: { statementTimeoutMs: FILLING_MS } });

  beforeAll(async () => {
    for (const statement of SHOP) await pg.db.query(trustedSql(statement));
  }, FILLING_MS);

  it.each(CASES)('is right about $title', async ({ sql, expected, or = [], isRewrite = false, refused }) => {
    const workload = [sql].flat().map((text) => ({ text, calls: 1 }));

    const advice = await pg.db.session((session) => adviseWorkload(session, workload));

    expect([expected, ...or].map((columns) => columns.toSorted())).toContainEqual(shown(advice));
    expect(advice.rewrites.length > 0).toBe(isRewrite);
    const reasons = advice.notExplained.map(({ reason }) => reason).join();
    expect(reasons).toMatch(refused ?? /^$/);
  });

  it('gives only statements that PostgreSQL takes', async () => {
    const workload = CASES.flatMap(({ sql }) => [sql].flat()).map((text) => ({ text, calls: 1 }));
    const { suggestions } = await pg.db.session((session) => adviseWorkload(session, workload));

    // One after the other: CONCURRENTLY waits for the others to end.
    for (const { ddl } of suggestions) await pg.db.query(trustedSql(ddl));

    expect(suggestions.length).toBeGreaterThan(20);
  }, 120_000);
});

/** Suggestions as the cases write them. */
function shown({ suggestions }: WorkloadAdvice): string[] {
  return suggestions
    .map(({ tableName, columns, indexType, ddl }) => {
      const keys = / \((.*?)\)(?: INCLUDE .*| WHERE .*)?$/.exec(ddl)?.[1] ?? '';
      const isSpecial = indexType === 'btree' && /DESC|NULLS|_ops/.test(keys);
      const method = indexType === 'btree' ? '' : ` ${indexType}`;
      return `${tableName}(${isSpecial ? keys : columns.join(', ')})${method}`;
    })
    .toSorted();
}
