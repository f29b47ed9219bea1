import { sql } from '../../../src/kernel/sql.js';
import type { AlertSnapshot } from '../../../src/alerting/model/alert.js';
import { firingAlert } from '../../support/alert-delivery.js';
import { eventually } from '../../support/eventually.js';
import { useDelivery } from '../../support/use-delivery.js';

const WITHIN = { withinMs: 25_000 };

describe('what is not told at once', () => {
  const test = useDelivery();

  const alertsOf = (ruleId: string, count: number, of: Partial<AlertSnapshot> = {}): AlertSnapshot[] =>
    Array.from({ length: count }, (_, index) =>
      firingAlert({
        ruleId,
        fingerprint: index.toString(16).padStart(16, '0'),
        labels: { scraper: `s${index}` },
        ...of,
      }),
    );
  const silence = (label: string, value: string): Promise<unknown> =>
    test.pg.db.query(sql`
      INSERT INTO alert_silences (tenant_id, matchers, starts_at, ends_at, comment, created_by)
      VALUES (1, ${JSON.stringify([{ label, operator: '=~', value }])}::jsonb, now() - interval '1 minute',
        now() + interval '1 hour', 'test', 'test')`);
  /** As if the time until the next look were over. */
  const lookNow = (): Promise<unknown> =>
    test.pg.db.query(sql`UPDATE alert_groups SET due_at = clock_timestamp() WHERE due_at <> 'infinity'`);
  const looked = (): Promise<void> =>
    eventually(async () => {
      const rows = await test.pg.db.query(sql`SELECT FROM alert_groups WHERE due_at <= clock_timestamp()`);
      expect(rows).toHaveLength(0);
    }, WITHIN);

  it('silenced alerts are told when the silence ends, if they still fire', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, groupBy: ['scraper'] });
    const alerts = alertsOf(await test.scene.rule(), 3);
    const [loud, muted, over] = alerts;
    if (loud === undefined || muted === undefined || over === undefined)
      throw new TypeError('there are three');
    await silence('scraper', 's[12]');

    await test.fire(alerts, receiver);
    await test.settled({ sent: 1, waiting: 2 });
    await test.resolve([over], receiver);
    await lookNow();
    await test.settled({ sent: 1, waiting: 1, collapsed: 2 });
    await test.pg.db.query(sql`UPDATE alert_silences SET ends_at = now()`);
    await lookNow();
    await test.settled({ sent: 2, collapsed: 2 });

    expect(test.server.alerts.map(({ fingerprint }) => fingerprint)).toEqual([
      loud.fingerprint,
      muted.fingerprint,
    ]);
  });

  it('the end of what was told before a silence is told after it', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const [alert] = alertsOf(await test.scene.rule(), 1);
    if (alert === undefined) throw new TypeError('there is one');
    await test.fire([alert], receiver);
    await test.settled({ sent: 1 });
    await silence('alertname', 'slow');

    await test.resolve([alert], receiver);
    await looked();
    expect(await test.scene.states()).toEqual({ sent: 1, waiting: 1 });
    await test.pg.db.query(sql`DELETE FROM alert_silences`);
    await lookNow();
    await test.settled({ sent: 2 });

    expect(test.server.alerts.map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('what follows from another alert waits until that one is resolved', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const cause = firingAlert({
      ruleId: await test.scene.rule('database unreachable', { inhibits: 'database,cache' }),
      ruleName: 'database unreachable',
      fingerprint: '00000000000000cc',
      labels: { inhibits: 'database,cache' },
    });
    const effects = alertsOf(await test.scene.rule(), 2, {
      labels: { component: 'cache', alertname: 'slow' },
    });

    await test.fire([cause], receiver);
    await test.settled({ sent: 1 });
    await test.fire(effects, receiver);
    await looked();
    expect(await test.scene.states()).toEqual({ sent: 1, waiting: 2 });
    await test.resolve([cause], receiver);
    await test.settled({ sent: 2, waiting: 2 });
    await lookNow();
    await test.settled({ sent: 4 });
  });

  it('what goes on is told again, until somebody has seen it', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, repeatMs: 1_000 });
    const [alert] = alertsOf(await test.scene.rule(), 1);
    if (alert === undefined) throw new TypeError('there is one');

    await test.fire([alert], receiver);
    await eventually(() => expect(test.server.alerts.length).toBeGreaterThan(2), WITHIN);
    await test.pg.db.query(sql`UPDATE alert_instances SET acknowledged_at = now(), acknowledged_by = 'test'`);
    await looked();
    const told = test.server.alerts.length;
    await test.pg.db.query(
      sql`UPDATE alert_groups SET due_at = clock_timestamp(), remind_at = clock_timestamp()`,
    );
    await looked();

    expect(test.server.alerts).toHaveLength(told);
    expect(test.server.alerts.slice(0, 3).map(({ transition }) => transition)).toEqual([
      'firing',
      'reminder',
      'reminder',
    ]);
    expect(new Set(test.server.alerts.map(({ dedupKey }) => dedupKey)).size).toBe(told);
  });

  it('nothing is told again once it is resolved', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, repeatMs: 60_000 });
    const [alert] = alertsOf(await test.scene.rule(), 1);
    if (alert === undefined) throw new TypeError('there is one');
    await test.fire([alert], receiver);
    await test.settled({ sent: 1 });
    await test.resolve([alert], receiver);
    await test.settled({ sent: 2 });

    await test.pg.db.query(
      sql`UPDATE alert_groups SET due_at = clock_timestamp(), remind_at = clock_timestamp()`,
    );
    await looked();

    expect(await test.scene.states()).toEqual({ sent: 2 });
    expect(await test.pg.db.query(sql`SELECT FROM alert_groups WHERE remind_at IS NOT NULL`)).toHaveLength(0);
  });

  it('a receiver that wants no ends hears of none', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, sendsResolved: false });
    const alerts = alertsOf(await test.scene.rule(), 2);
    await test.fire(alerts, receiver);
    await test.settled({ sent: 2 });

    await test.resolve(alerts, receiver);
    await test.settled({ sent: 2, dropped: 2 });

    expect(test.server.received).toHaveLength(1);
  });

  it('an alert stays in its group though its labels have changed', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, groupBy: ['severity'] });
    const [alert] = alertsOf(await test.scene.rule(), 1);
    if (alert === undefined) throw new TypeError('there is one');
    await test.fire([alert], receiver);
    await test.settled({ sent: 1 });

    await test.resolve(
      [{ ...alert, severity: 'critical', labels: { ...alert.labels, severity: 'critical' } }],
      receiver,
    );
    await test.settled({ sent: 2 });

    expect(new Set(test.server.received.map(({ body }) => body.groupKey)).size).toBe(1);
  });
});
