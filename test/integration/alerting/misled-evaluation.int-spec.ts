import { sql } from '../../../src/kernel/sql.js';
import { evaluatorOn, storeReceiver } from '../../support/alert-evaluation.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { describeMisled } from '../../support/describe-misled.js';
import { type Lie, mislead } from '../../support/misleading-statistics.js';
import { StatementWork } from '../../support/statement-work.js';
import { useTestDatabase } from '../../support/test-database.js';

const RULES = 1_000;
/** Rules have as many, and series as many events: tables of a few pages are read whole whatever is believed of them. */
const EACH = 3;
/** A look at all rules for each would be a million. */
const MOST_ROWS = 30 * RULES;
/** As long as names are. */
const SOURCE = 'https://shop.example/departments/of/this/shop/and/pages/with/offers/';
const MINUTE_MS = 60_000;

describeMisled('the evaluation of rules for a planner that $name (PostgreSQL 18 and later)', (lie: Lie) => {
  const pg = useTestDatabase({ misled: lie });
  let tenantId = '';

  beforeAll(async () => {
    await collectorsOn(pg.db).partitions.ensure();
    await evaluatorOn(pg.db).upkeep.keepPartitions();
    await mislead(pg.db, lie);
    tenantId = await createTenant(pg.db, 'misled');
    await storeReceiver(pg.db, tenantId);
    await pg.db.query(sql`
      INSERT INTO alert_receivers (tenant_id, name, kind, settings, group_by, group_wait_ms, group_interval_ms,
        repeat_ms, sends_resolved, created_by)
      SELECT tenant_id, 'receiver ' || n, kind, settings, group_by, 0, 1000, 3600000, true, 'test'
      FROM alert_receivers, generate_series(2, ${EACH}::int) AS n`);
    await pg.db.query(sql`
      WITH rule AS (
        INSERT INTO alert_rules (tenant_id, name, origin, condition, severity, for_ms, keep_firing_ms, missing_data,
          labels, created_by)
        SELECT ${tenantId}::bigint, 'slow ' || n, 'user', jsonb_build_object('kind', 'threshold', 'source',
            jsonb_build_object('from', 'collector', 'scraperSource', ${SOURCE}::text || n, 'metricType', 'page',
              'measure', 'durationMs'),
            'aggregation', 'mean', 'windowMs', ${10 * MINUTE_MS}::int, 'operator', '>', 'threshold', 100,
            'clearThreshold', 50),
          'warning', 0, 0, 'ok', '{}', 'test'
        FROM generate_series(1, ${RULES}::int) AS n RETURNING id)
      INSERT INTO alert_rule_receivers (rule_id, receiver_id) SELECT rule.id, receiver.id FROM rule, alert_receivers AS receiver`);
  });

  it('looks at none of them for each', async () => {
    const work = new StatementWork(pg.db);
    const now = await evaluatorOn(pg.db).states.now();
    let at = new Date(now.getTime() - 15 * MINUTE_MS);
    const { ingest } = collectorsOn(pg.db);
    // Another instance each time: nothing is remembered but what is stored.
    const evaluate = () => evaluatorOn(work.db, { at: () => at }).evaluate();
    const post = (scrapeDurationMs: number) =>
      ingest.ingest({
        tenantId,
        path: 'events',
        events: Array.from({ length: RULES * EACH }, (_, index) => ({
          scraperSource: `${SOURCE}${(index % RULES) + 1}`,
          metricType: 'page',
          scrapeDurationMs,
          success: true,
          createdAt: new Date(at.getTime() - MINUTE_MS).toISOString(),
        })),
      });

    await post(1_000);
    await evaluate();
    at = now;
    await post(1);
    await evaluate();

    expect(work.above(MOST_ROWS)).toEqual([]);
    expect(await transitions()).toEqual([
      { transition: 'firing', rows: RULES * EACH },
      { transition: 'resolved', rows: RULES * EACH },
    ]);
  });

  function transitions(): Promise<object[]> {
    return pg.db.query(sql`
      SELECT transition, count(*)::int AS rows FROM alert_outbox GROUP BY transition ORDER BY transition`);
  }
});
