import { MetricRegistry, renderPrometheus } from '../../../src/platform/telemetry/index.js';
import { OutboxUpkeep } from '../../../src/alerting/delivery/outbox-upkeep.js';
import { AlertDelivery } from '../../../src/alerting/delivery/alert-delivery.js';
import { AddressGuard } from '../../../src/alerting/delivery/http/address-guard.js';
import { LostNotices } from '../../../src/alerting/delivery/lost-notices.js';
import { AlertReceivers } from '../../../src/alerting/management/alert-receivers.js';
import { ReceiverRepository } from '../../../src/alerting/management/receiver.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { firingAlert } from '../../support/alert-delivery.js';
import { callerOf } from '../../support/alert-management.js';
import { ReceiverServer } from '../../support/alert-receiver-server.js';
import { eventually } from '../../support/eventually.js';
import { useDelivery } from '../../support/use-delivery.js';

const WITHIN = { withinMs: 25_000 };

describe('the delivery of alerts on PostgreSQL', () => {
  const test = useDelivery();
  const { caller } = callerOf('1');

  const lastErrors = async (): Promise<(string | null)[]> => {
    const rows = await test.pg.db.query<{ error: string | null }>(
      sql`SELECT last_error AS error FROM alert_outbox WHERE state <> 'sent' ORDER BY id`,
    );
    return rows.map(({ error }) => error);
  };

  /** Why each receiver's message was given up; what they were told of each other is left out. */
  const refused = async (): Promise<(string | null)[]> => {
    const rows = await test.pg.db.query<{ error: string | null }>(sql`
      SELECT last_error AS error FROM alert_outbox
      WHERE state = 'dead' AND alert ->> 'ruleName' = 'slow' ORDER BY id`);
    return rows.map(({ error }) => error);
  };

  it('tells alerts of a group in one message, and the end of them after it', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url }, groupWaitMs: 500 });
    const ruleId = await test.scene.rule();
    const alerts = ['a', 'b', 'c'].map((name) =>
      firingAlert({ ruleId, fingerprint: `00000000000000a${name}`, labels: { scraper: name } }),
    );

    for (const alert of alerts) await test.fire([alert], receiver);
    await test.settled({ sent: 3 });
    await test.resolve(alerts, receiver);
    await test.settled({ sent: 6 });

    expect(test.server.received.map(({ body }) => [body.status, body.groupKey, body.alerts.length])).toEqual([
      ['firing', '{}:{alertname="slow"}', 3],
      ['resolved', '{}:{alertname="slow"}', 3],
    ]);
  });

  it('tells what a webhook of Alertmanager tells, with the headers of the receiver', async () => {
    const headers = { authorization: 'Bearer s3cret' };
    const receiver = await test.scene.receiver({ name: 'ops', secrets: { url: test.server.url, headers } });
    const runbookUrl = 'https://runbooks.test/slow';
    const alert = firingAlert({ ruleId: await test.scene.rule(), runbookUrl, labels: { scraper: 'shop' } });

    await test.fire([alert], receiver);
    await test.settled({ sent: 1 });

    const [{ headers: sent, body } = { headers: {}, body: {} }] = test.server.received;
    expect(sent).toMatchObject({ authorization: 'Bearer s3cret', 'content-type': 'application/json' });
    expect(body).toMatchObject({
      version: '4',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'ops',
      groupLabels: { alertname: 'slow' },
      commonLabels: { alertname: 'slow', severity: 'warning', scraper: 'shop' },
      commonAnnotations: { summary: alert.summary, runbook_url: runbookUrl, value: '120' },
      externalURL: 'http://127.0.0.1:3000',
      alerts: [
        {
          status: 'firing',
          labels: alert.labels,
          startsAt: alert.startsAt,
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: alert.fingerprint,
        },
      ],
    });
  });

  it('tries again with the same key until the receiver takes it', async () => {
    test.server.failFirst(3, 500);
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await test.settled({ sent: 1 });

    const keys = test.server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });

  it('waits as long as a receiver asks for that has too much to do', async () => {
    const times: number[] = [];
    test.server.answer = (response) => {
      times.push(performance.now());
      const isFirst = times.length === 1;
      response.writeHead(isFirst ? 429 : 200, isFirst ? { 'retry-after': '3' } : {}).end();
    };
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await test.settled({ sent: 1 });

    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThan(2_900);
  });

  it('gives up what a receiver refuses, tells another one, and tells it when that is over', async () => {
    const others = await ReceiverServer.start();
    test.server.failFirst(1, 400);
    const receiver = await test.scene.receiver({ name: 'lost', secrets: { url: test.server.url } });
    await test.scene.receiver({ name: 'other', secrets: { url: others.url } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });

    await test.fire([alert], receiver);
    await test.settled({ dead: 1, sent: 1 });
    expect(await lastErrors()).toEqual(['It answered 400.']);
    await test.fire([{ ...alert, fingerprint: '00000000000000bb' }], receiver);
    await test.settled({ dead: 1, sent: 3 });

    expect(
      others.alerts.map(({ status, labels }) => [status, labels['alertname'], labels['receiver']]),
    ).toEqual([
      ['firing', 'Notifications fail', 'lost'],
      ['resolved', 'Notifications fail', 'lost'],
    ]);
    expect(test.instance.logger.messages('error')).toContain('A notification was given up');
    await others.stop();
  });

  it.each([
    ['is deleted', '"lost" was deleted.', (all: AlertReceivers, id: string) => all.delete(caller, id)],
    [
      'takes a test',
      '"lost" takes notifications again.',
      (all: AlertReceivers, id: string) => all.test(caller, id),
    ],
  ])('ends the alert about a receiver that %s', async (_what, summary, end) => {
    const others = await ReceiverServer.start();
    test.server.failFirst(1, 400);
    const receiver = await test.scene.receiver({ name: 'lost', secrets: { url: test.server.url } });
    await test.scene.receiver({ name: 'other', secrets: { url: others.url } });
    const { module } = test.instance;
    const receivers = new AlertReceivers(
      test.pg.db,
      module.get(ReceiverRepository),
      module.get(AlertDelivery),
      module.get(AddressGuard),
      module.get(LostNotices),
    );
    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await test.settled({ dead: 1, sent: 1 });

    await end(receivers, receiver);
    await eventually(() => expect(others.alerts).toHaveLength(2), WITHIN);

    expect(others.alerts).toMatchObject([
      { status: 'firing', annotations: { summary: 'Notifications to "lost" are lost.' } },
      { status: 'resolved', annotations: { summary } },
    ]);
    // It is of no rule: that the one whose message was lost is well is not in question.
    const sources = others.alerts.map(({ generatorURL }) => generatorURL);
    expect(new Set(sources)).toEqual(new Set(['http://127.0.0.1:3000/api/alert-receivers']));
    await others.stop();
  });

  it('does not tell the end of what was refused', async () => {
    test.server.failFirst(1, 404);
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });

    await test.fire([alert], receiver);
    await test.settled({ dead: 1 });
    await test.resolve([alert], receiver);
    await test.settled({ dead: 1, dropped: 1 });

    expect(test.server.received).toHaveLength(1);
  });

  it('leaves a receiver that hangs after a while, and comes back', async () => {
    let count = 0;
    test.server.answer = (response) => {
      count += 1;
      if (count > 1) response.writeHead(200).end();
    };
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await test.settled({ sent: 1 });

    expect(new Set(test.server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(test.server.received).toHaveLength(2);
  });

  it('does not wait for a body that never ends', async () => {
    test.server.answer = (response) => response.writeHead(200).write('{');
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await test.settled({ sent: 1 });

    expect(test.server.received).toHaveLength(1);
  });

  it('does not wait for a receiver that leaves HTTP', async () => {
    let requests = 0;
    test.server.answer = (response) => {
      requests += 1;
      if (requests > 1) return response.writeHead(200).end();
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    };
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await test.settled({ sent: 1 });

    expect(requests).toBe(2);
  });

  it('follows no redirect, and goes to no address of the own network', async () => {
    const inside = await ReceiverServer.start();
    test.server.answer = (response) => response.writeHead(307, { location: inside.url }).end();
    const receivers = [
      await test.scene.receiver({ secrets: { url: test.server.url } }),
      await test.scene.receiver({ secrets: { url: inside.url.replace('127.0.0.1', '127.0.0.2') } }),
      await test.scene.receiver({ secrets: { url: 'http://[::1]:1/' } }),
      await test.scene.receiver({ secrets: { url: 'http://169.254.169.254/latest' } }),
    ];

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], ...receivers);
    await eventually(async () => expect(await refused()).toHaveLength(4), WITHIN);

    expect(inside.received).toHaveLength(0);
    const errors = (await refused()).join(' ');
    expect(errors).toContain('redirect (307)');
    expect(errors).toContain('its address is loopback');
    expect(errors).toContain('its address is linkLocal');
    await inside.stop();
  });

  it('keeps secrets out of what it logs and records', async () => {
    test.server.failFirst(2, 500);
    const url = `${test.server.url}/t0ken`;
    const receivers = [
      await test.scene.receiver({ secrets: { url, headers: { authorization: 'Bearer s3cret' } } }),
      await test.scene.receiver({ secrets: { url: 'http://hooks.invalid/t0ken' } }),
    ];
    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], ...receivers);
    await eventually(async () => expect(await test.scene.states()).toMatchObject({ sent: 1 }), WITHIN);
    const messages = await eventually(async () => {
      const rows = await test.pg.db.query<{ error: string | null }>(
        sql`SELECT last_error AS error FROM alert_messages`,
      );
      expect(rows.some(({ error }) => error?.startsWith('It was not reached') === true)).toBe(true);
      return rows;
    }, WITHIN);
    expect(JSON.stringify([test.instance.logger.lines, messages])).not.toMatch(/t0ken|s3cret/);
  });

  it('collapses what is over before it could be told', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: 'http://127.0.0.1:9/' } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });

    await test.fire([alert], receiver);
    await eventually(async () => {
      const [row] = await test.pg.db.query<{ attempts: number }>(sql`SELECT attempts FROM alert_messages`);
      expect(row?.attempts).toBeGreaterThan(0);
    }, WITHIN);
    await test.resolve([alert], receiver);
    await test.settled({ collapsed: 2 });

    expect(await test.pg.db.query(sql`SELECT FROM alert_messages`)).toHaveLength(0);
  });

  it('tells the end after the beginning, however long that takes', async () => {
    let count = 0;
    test.server.answer = (response, { body }) => {
      count += body.alerts.some(({ status }) => status === 'firing') ? 1 : 0;
      if (count < 3) response.destroy();
      else response.writeHead(200).end();
    };
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });

    await test.fire([alert], receiver);
    await eventually(() => expect(test.server.received).not.toHaveLength(0), WITHIN);
    await test.resolve([alert], receiver);
    await test.settled({ sent: 2 });

    expect(test.server.alerts.map(({ status }) => status)).toEqual([
      'firing',
      'firing',
      'firing',
      'resolved',
    ]);
  });

  it('goes to the new address at once when a receiver that fails is corrected', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: 'http://127.0.0.1:9/' } });
    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], receiver);
    await eventually(async () => {
      const [row] = await test.pg.db.query<{ failures: number }>(sql`SELECT failures FROM alert_deliveries`);
      expect(row?.failures).toBeGreaterThan(0);
    }, WITHIN);
    await test.pg.db.query(sql`
      UPDATE alert_deliveries SET failures = 9, ready_at = clock_timestamp() + interval '1 hour'`);
    await test.pg.db.query(sql`UPDATE alert_messages SET due_at = clock_timestamp() + interval '1 hour'`);

    const secrets = JSON.stringify({ url: test.server.url });
    await test.pg.db.query(
      sql`UPDATE alert_receivers SET secrets = ${secrets}::jsonb, version = version + 1`,
    );
    await test.settled({ sent: 1 });

    expect(test.server.received).toHaveLength(1);
  });

  it('forgets what waits for a receiver that is deleted', async () => {
    test.server.answer = (response) => response.writeHead(503).end();
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });
    await test.fire([alert], receiver);
    await eventually(() => expect(test.server.received).not.toHaveLength(0), WITHIN);

    await test.pg.db.query(sql`DELETE FROM alert_receivers WHERE id = ${receiver}::bigint`);
    await test.fire([{ ...alert, fingerprint: '00000000000000bb' }], receiver);

    expect(await test.scene.states()).toEqual({});
    expect(await test.pg.db.query(sql`SELECT FROM alert_deliveries`)).toHaveLength(0);
  });

  it('leaves alone what is told already, and receivers of other tenants', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });
    await test.fire([alert, alert], receiver, receiver);
    await test.settled({ sent: 1 });

    await test.pg.db.transaction((tx) =>
      test.outbox.enqueue(
        tx,
        [
          {
            transition: 'firing',
            alert: { ...alert, tenantId: '2', startsAt: null },
            receiverIds: [receiver],
          },
        ],
        new Date(),
      ),
    );

    expect(await test.scene.states()).toEqual({ sent: 1 });
  });

  it('keeps the latest reminder of what fires, and no older ones', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const alert = firingAlert({ ruleId: await test.scene.rule() });
    await test.fire([alert], receiver);
    await test.settled({ sent: 1 });
    await test.pg.db.query(sql`
      INSERT INTO alert_outbox (tenant_id, receiver_id, dedup_key, group_key, rule_id, fingerprint, starts_at, transition,
        alert, state, created_at, finished_at)
      SELECT tenant_id, receiver_id, dedup_key || n, group_key, rule_id, fingerprint, starts_at, 'reminder', alert,
        'sent', created_at, finished_at
      FROM alert_outbox, generate_series(1, 3) AS n ORDER BY n`);
    await test.pg.db.query(sql`UPDATE alert_outbox SET finished_at = finished_at - interval '31 days'`);

    await test.instance.module.get(OutboxUpkeep).prune(new AbortController().signal);

    const kept = await test.pg.db.query(
      sql`SELECT transition, right(dedup_key, 1) AS number FROM alert_outbox ORDER BY id`,
    );
    expect(kept).toEqual([
      { transition: 'firing', number: receiver.slice(-1) },
      { transition: 'reminder', number: '3' },
    ]);
  });

  it('says in its metrics how it does, and keeps only what is needed', async () => {
    const receiver = await test.scene.receiver({ secrets: { url: test.server.url } });
    const ruleId = await test.scene.rule();
    const [kept, over] = ['a', 'b'].map((end) =>
      firingAlert({ ruleId, fingerprint: `00000000000000a${end}` }),
    );
    if (kept === undefined || over === undefined) throw new TypeError('there are two');
    await test.fire([kept, over], receiver);
    await test.settled({ sent: 2 });
    await test.resolve([over], receiver);
    await test.settled({ sent: 3 });
    await test.pg.db.query(sql`UPDATE alert_outbox SET finished_at = finished_at - interval '31 days'`);
    const upkeep = test.instance.module.get(OutboxUpkeep);
    await upkeep.prune(new AbortController().signal);
    await upkeep.measure();

    expect(await test.scene.states()).toEqual({ sent: 1 });
    const text = renderPrometheus(test.instance.module.get(MetricRegistry), 'text');
    expect(text).toMatch(/alerting_notifications_total\{kind="webhook",outcome="sent"\} \d+/);
    expect(text).toMatch(/alerting_outbox_waiting 0/);
  });
});
