import { sql } from '../../../src/kernel/sql.js';
import { evaluatorOn, storeRule } from '../../support/alert-evaluation.js';
import { useTestDatabase } from '../../support/test-database.js';

const DAY_MS = 86_400_000;

describe('upkeep of the tables of the evaluation', () => {
  const pg = useTestDatabase();

  async function partitions(): Promise<string[]> {
    const rows = await pg.db.query<{ name: string }>(sql`
      SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'alert_transitions'::regclass ORDER BY 1`);
    return rows.map(({ name }) => name);
  }

  function addTransition(at: Date): Promise<number> {
    return pg.db.execute(sql`
      INSERT INTO alert_transitions (tenant_id, rule_id, fingerprint, at, from_state, to_state, alert)
      VALUES (1, 1, 'x', ${at}::timestamptz, 'normal', 'firing', '{}')`);
  }

  it('makes room for weeks ahead, again and on two instances at once, and drops what is older than the history', async () => {
    const now = await evaluatorOn(pg.db).states.now();
    let at = new Date(now.getTime() - 100 * DAY_MS);
    const before = evaluatorOn(pg.db, { at: () => at }).upkeep;
    await Promise.all([before.keepPartitions(), before.keepPartitions()]);
    await addTransition(at);
    const old = await partitions();

    at = now;
    await evaluatorOn(pg.db, { at: () => at }).upkeep.keepPartitions();

    const present = await partitions();
    expect(present).not.toContain(old[0]);
    expect(await pg.db.query(sql`SELECT at FROM alert_transitions`)).toEqual([]);
    expect(await addTransition(new Date(now.getTime() + 39 * DAY_MS))).toBe(1);
    await expect(addTransition(new Date(now.getTime() + 60 * DAY_MS))).rejects.toThrow('no partition');
  });

  it('forgets what has long been normal and reports of instances that are gone, and nothing else', async () => {
    const [tenant] = await pg.db.query<{ id: string }>(sql`SELECT id FROM tenants WHERE slug = 'default'`);
    const source = { from: 'own', signal: 'x_y', labels: {} } as const;
    const level = {
      aggregation: 'last',
      windowMs: 1_000,
      operator: '>',
      threshold: 1,
      clearThreshold: null,
    } as const;
    const condition = { kind: 'threshold', source, ...level } as const;
    const ruleId = await storeRule(pg.db, { tenantId: tenant?.id ?? '', name: 'rule', condition });
    await pg.db.query(sql`
      INSERT INTO alert_instances (tenant_id, rule_id, fingerprint, labels, state, state_since, starts_at, evaluated_at)
      SELECT ${tenant?.id}::bigint, ${ruleId}::bigint, lpad(n::text, 16, '0'), '{}', state, now(), now(), now() - age
      FROM (VALUES (1, 'normal', interval '8 days'), (2, 'normal', interval '1 day'), (3, 'firing', interval '8 days'))
        AS alert (n, state, age)`);
    await pg.db.query(sql`
      INSERT INTO alert_signals (instance_id, reported_at, signals)
      VALUES ('old', now() - interval '2 hours', '{}'), ('new', now(), '{}')`);

    await evaluatorOn(pg.db).upkeep.tidy(new AbortController().signal);

    expect(
      await pg.db.query(sql`SELECT right(fingerprint, 1) AS alert FROM alert_instances ORDER BY fingerprint`),
    ).toEqual([{ alert: '2' }, { alert: '3' }]);
    expect(await pg.db.query(sql`SELECT instance_id AS name FROM alert_signals`)).toEqual([{ name: 'new' }]);
  });
});
