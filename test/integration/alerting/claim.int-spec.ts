import { DeliveryRepository } from '../../../src/alerting/delivery/delivery.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import type { Database } from '../../../src/platform/database/index.js';
import { useTestDatabase } from '../../support/test-database.js';

const RECEIVERS = 50;
const GROUPS = 5_000;

describe('the claim of a receiver', () => {
  const pg = useTestDatabase();

  it('does not read the groups of receivers for which nothing is due', async () => {
    await pg.db.query(sql`
      INSERT INTO alert_receivers (tenant_id, name, kind, settings, group_by, group_wait_ms, group_interval_ms,
        repeat_ms, sends_resolved, created_by)
      SELECT id, 'receiver ' || n, 'gateway', '{}', '{}', 0, 1, 1, true, 'test'
      FROM tenants, generate_series(1, ${RECEIVERS}::int) AS n WHERE slug = 'default'`);
    await pg.db.query(sql`INSERT INTO alert_deliveries (receiver_id) SELECT id FROM alert_receivers`);
    await pg.db.query(sql`
      INSERT INTO alert_groups (receiver_id, group_key, due_at)
      SELECT max(id), 'group ' || n, 'infinity' FROM alert_receivers, generate_series(1, ${GROUPS}::int) AS n GROUP BY n`);
    await pg.db.query(sql`ANALYZE alert_groups, alert_receivers, alert_deliveries, alert_messages`);

    const read = await pg.db.transaction(async (tx) => {
      expect(await new DeliveryRepository(tx as Database).claim('test')).toBeUndefined();
      return tx.query<{ rows: number }>(sql`
        SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'alert_groups'`);
    });

    expect(read[0]?.rows).toBeLessThan(GROUPS / 10);
  });
});
