import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { AlertDelivery } from '../../../src/alerting/delivery/alert-delivery.js';
import { ALERTS_NOTIFIED, type AlertsNotified } from '../../../src/alerting/delivery/notified-event.js';
import { ReceiverRepository } from '../../../src/alerting/management/receiver.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { DomainEvents } from '../../../src/platform/events/index.js';
import { firingAlert, startDelivery } from '../../support/alert-delivery.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/test-servers.js';
import { useDelivery } from '../../support/use-delivery.js';

const WITHIN = { withinMs: 25_000 };

interface Mail {
  readonly to: readonly string[];
  readonly raw: string;
}

/** A mail server that takes all but mails to `refused@`, and puts off those to `later@` once. */
class MailServer {
  readonly mails: Mail[] = [];
  private isPutOff = false;
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('refused@')) return done(Object.assign(new Error('no'), { responseCode: 550 }));
      if (address.startsWith('later@') && !this.isPutOff) {
        this.isPutOff = true;
        return done(Object.assign(new Error('later'), { responseCode: 451 }));
      }
      done();
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        this.mails.push({ to, raw: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });

  async start(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    expect((this.server.server.address() as AddressInfo).port).toBe(port);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

function headerOf({ raw }: Mail, name: string): string | undefined {
  const [head = ''] = raw.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const found = lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.slice(name.length + 1).trim();
}

describe('what receivers of each kind are told', () => {
  const mail = new MailServer();
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    await mail.start(port);
  });
  afterAll(() => mail.stop());
  const test = useDelivery(() => ({
    ALERTING_SMTP_URL: `smtp://127.0.0.1:${port}`,
    ALERTING_MAIL_FROM: 'Plimsoll <alerts@plimsoll.test>',
  }));

  it('mails are one thread an alert, and no name becomes a header', async () => {
    const wild = 'x\r\nBcc: victim@x.test\r\n\r\n<script>alert(1)</script>';
    const receiver = await test.scene.receiver({
      kind: 'email',
      settings: { to: ['ops@x.test', 'dev@x.test'] },
    });
    const alert = firingAlert({ ruleId: await test.scene.rule(), ruleName: wild, summary: wild });

    await test.fire([alert], receiver);
    await test.settled({ sent: 1 });
    await test.resolve([alert], receiver);
    await test.settled({ sent: 2 });

    const [first, last] = mail.mails.slice(-2);
    if (first === undefined || last === undefined) throw new TypeError('there are two mails');
    expect(first.to).toEqual(['ops@x.test', 'dev@x.test']);
    expect(headerOf(first, 'Bcc')).toBeUndefined();
    expect(headerOf(first, 'From')).toBe('Plimsoll <alerts@plimsoll.test>');
    expect(headerOf(first, 'Subject')).toContain('[FIRING] x Bcc');
    expect(headerOf(last, 'Subject')).toContain('[RESOLVED]');
    expect(headerOf(last, 'References')).toBe(headerOf(first, 'References'));
    expect(headerOf(last, 'Message-ID')).not.toBe(headerOf(first, 'Message-ID'));
    expect(first.raw).toMatch(/text\/plain[\s\S]*text\/html/);
    expect(first.raw.slice(first.raw.indexOf('text/html'))).not.toContain('<script>');
  });

  it('mails that are put off are sent later, those that are refused are given up', async () => {
    const later = await test.scene.receiver({ kind: 'email', settings: { to: ['later@x.test'] } });
    const refused = await test.scene.receiver({ kind: 'email', settings: { to: ['refused@x.test'] } });
    const before = mail.mails.length;

    await test.fire([firingAlert({ ruleId: await test.scene.rule() })], later, refused);
    await eventually(
      async () => expect(await test.scene.states()).toMatchObject({ dead: 1, sent: 2 }),
      WITHIN,
    );

    expect(mail.mails.slice(before).every(({ to }) => to[0] === 'later@x.test')).toBe(true);
  });

  it('PagerDuty has one incident a group, which ends with its last alert', async () => {
    test.server.answer = (response) => response.writeHead(202).end();
    const receiver = await test.scene.receiver({
      kind: 'pagerduty',
      settings: { url: test.server.url },
      secrets: { routingKey: 'r0uting' },
    });
    const ruleId = await test.scene.rule();
    const [one, two] = ['1', '2'].map((end) =>
      firingAlert({
        ruleId,
        fingerprint: `00000000000000a${end}`,
        severity: 'critical',
        labels: { scraper: end },
      }),
    );
    if (one === undefined || two === undefined) throw new TypeError('there are two');

    await test.fire([one, two], receiver);
    await test.settled({ sent: 2 });
    await test.resolve([one], receiver);
    await test.settled({ sent: 3 });
    await test.resolve([two], receiver);
    await test.settled({ sent: 4 });

    const events = test.server.received.map(({ body }) => body as unknown as Record<string, unknown>);
    expect(events.map(({ event_action: action }) => action)).toEqual(['trigger', 'resolve']);
    expect(new Set(events.map(({ dedup_key: key }) => key)).size).toBe(1);
    expect(events[0]).toMatchObject({
      routing_key: 'r0uting',
      payload: { severity: 'critical', source: 'scraper=1', summary: '[2 FIRING] slow (critical)' },
    });
  });

  it('PagerDuty has one incident for a digest, which ends with the last of all', async () => {
    const receiver = await test.scene.receiver({
      kind: 'pagerduty',
      groupBy: ['...'],
      groupWaitMs: 500,
      settings: { url: test.server.url },
      secrets: { routingKey: 'r0uting' },
    });
    const ruleId = await test.scene.rule();
    const alerts = Array.from({ length: 40 }, (_, index) =>
      firingAlert({
        ruleId,
        fingerprint: index.toString(16).padStart(16, '0'),
        labels: { scraper: String(index) },
      }),
    );

    await test.fire(alerts, receiver);
    await test.settled({ sent: 40 });
    await test.resolve(alerts, receiver);
    await test.settled({ sent: 80 });

    const events = test.server.received.map(({ body }) => body as unknown as Record<string, unknown>);
    expect(events.map(({ event_action: action }) => action)).toEqual(['trigger', 'resolve']);
    expect(new Set(events.map(({ dedup_key: key }) => key)).size).toBe(1);
  });

  it('gateways are told on every instance, once', async () => {
    const another = await startDelivery(test.pg.url);
    const heard = [test.instance, another].map(({ module }) => {
      const events: AlertsNotified[] = [];
      module.get(DomainEvents).subscribe(ALERTS_NOTIFIED, (event) => events.push(event));
      return events;
    });
    const receiver = await test.scene.receiver({ kind: 'gateway' });
    const ruleId = await test.scene.rule();

    for (const end of ['1', '2', '3'])
      await test.fire(
        [firingAlert({ ruleId, fingerprint: `00000000000000a${end}`, summary: 'x'.repeat(9_000) })],
        receiver,
      );
    await eventually(() => {
      for (const events of heard) expect(events.flatMap(({ alerts }) => alerts)).toHaveLength(3);
    }, WITHIN);

    expect(heard[0]?.map(({ key }) => key)).toEqual(heard[1]?.map(({ key }) => key));
    expect(heard[0]?.[0]).toMatchObject({ tenantId: '1', receiverId: receiver });
    await another.close();
  });

  it('gateways hear of tests in the same form as of alerts that can be acknowledged, without the tenant', async () => {
    const heard: AlertsNotified[] = [];
    const { module } = test.instance;
    module.get(DomainEvents).subscribe(ALERTS_NOTIFIED, (event) => heard.push(event));
    const receiver = await test.scene.receiver({ kind: 'gateway' });
    const ruleId = await test.scene.rule();
    const alert = firingAlert({ ruleId, fingerprint: '00000000000000b1' });
    const [instance] = await test.pg.db.query<{ id: string }>(sql`
      INSERT INTO alert_instances (tenant_id, rule_id, fingerprint, labels, state, state_since, starts_at, evaluated_at)
      VALUES (1, ${ruleId}::bigint, ${alert.fingerprint}, '{}', 'firing', now(), now(), now()) RETURNING id`);

    await test.fire([alert], receiver);
    await eventually(() => expect(heard).toHaveLength(1), WITHIN);
    const [secret] = await module.get(ReceiverRepository).withSecrets([receiver]);
    if (secret === undefined) throw new TypeError('it exists');
    await module.get(AlertDelivery).test(secret);

    const [told, tested] = heard.map(({ alerts }) => alerts[0]);
    expect(told?.alert.id).toBe(instance?.id);
    expect(tested?.alert.id).toBeNull();
    const fields = ['id', ...Object.keys(alert).filter((name) => name !== 'tenantId')].sort();
    for (const one of [told, tested]) {
      expect(Object.keys(one ?? {}).sort()).toEqual(['alert', 'transition']);
      expect(Object.keys(one?.alert ?? {}).sort()).toEqual(fields);
    }
  });

  it('a test call says what came of it, and leaves nothing behind', async () => {
    const { module } = test.instance;
    const call = async (id: string) => {
      const [receiver] = await module.get(ReceiverRepository).withSecrets([id]);
      if (receiver === undefined) throw new TypeError('it exists');
      return module.get(AlertDelivery).test(receiver);
    };
    const good = await test.scene.receiver({ secrets: { url: test.server.url } });
    const bad = await test.scene.receiver({ secrets: { url: 'http://10.1.2.3/t0ken' } });

    expect(await call(good)).toMatchObject({ isDelivered: true, reason: null });
    const refused = await call(bad);

    expect(refused).toMatchObject({ isDelivered: false });
    expect(refused.reason).toContain('its address is private');
    expect(refused.reason).not.toContain('t0ken');
    expect(test.server.alerts).toHaveLength(1);
    expect(await test.scene.states()).toEqual({});
  });
});
