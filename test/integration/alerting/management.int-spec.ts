import { LIMITS } from '../../../src/alerting/management/limits.js';
import { lockTenant } from '../../../src/alerting/management/tenant-lock.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { callerOf, managementOn } from '../../support/alert-management.js';
import { evaluatorOn } from '../../support/alert-evaluation.js';
import { createTenant } from '../../support/collectors.js';
import { eventually } from '../../support/eventually.js';
import { useTestDatabase } from '../../support/test-database.js';

const slow = { scraper: 'shop', operator: '>' as const, value: 100 };

describe('what tenants have of alerting, on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';
  let tenants = 0;

  beforeAll(() => evaluatorOn(pg.db).upkeep.keepPartitions());
  beforeEach(async () => {
    tenants += 1;
    tenantId = await createTenant(pg.db, `manager-${tenants}`);
  });

  it('is bounded: the 10,001st rule, the 101st receiver and the 1,001st silence are refused', async () => {
    const { rules, receivers, silences } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    await pg.db.query(sql`
      INSERT INTO alert_rules (tenant_id, name, origin, condition, severity, for_ms, keep_firing_ms, missing_data, labels,
        created_by)
      SELECT ${tenantId}::bigint, 'rule ' || n, 'user', '{"kind": "anomaly"}', 'info', 0, 0, 'ok', '{}', 'test'
      FROM generate_series(2, ${LIMITS.rules}::int) AS n`);
    await pg.db.query(sql`
      INSERT INTO alert_receivers (tenant_id, name, kind, settings, group_by, group_wait_ms, group_interval_ms, repeat_ms,
        sends_resolved, created_by)
      SELECT ${tenantId}::bigint, 'receiver ' || n, 'gateway', '{}', '{}', 0, 1, 1, true, 'test'
      FROM generate_series(2, ${LIMITS.receivers}::int) AS n`);
    await pg.db.query(sql`
      INSERT INTO alert_silences (tenant_id, matchers, starts_at, ends_at, comment, created_by)
      SELECT ${tenantId}::bigint, '[]', now() - interval '100 days', now() + n * interval '1 hour', '', 'test'
      FROM generate_series(-1500, ${LIMITS.silences}::int) AS n WHERE n <> 1`);
    const matchers = [{ label: 'a', operator: '=' as const, value: 'b' }];
    const attempts = [
      (name: string) => rules.create(caller, { name, ...slow }),
      (name: string) => receivers.create(caller, { name, kind: 'gateway' }),
      () => silences.create(caller, { matchers, durationMs: 60_000, comment: '' }),
    ];

    for (const attempt of attempts) {
      await attempt('the last one');
      await expect(attempt('one too many')).rejects.toMatchObject({ code: 'ALERTING_LIMIT_REACHED' });
    }
    expect(await managementOn(pg.db).ruleRows.enabled()).toHaveLength(LIMITS.rules);
    await pg.db.query(sql`DELETE FROM alert_rules`);
  });

  it('holds its bounds and names when many ask at once', async () => {
    const { rules } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);

    const made = await Promise.allSettled(
      Array.from({ length: 8 }, () => rules.create(caller, { name: 'the same', ...slow })),
    );

    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = made.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    for (const reason of refused) expect(reason).toMatchObject({ code: 'ALERTING_NAME_TAKEN' });
  });

  it('lets one of two changes that are based on one version pass', async () => {
    const { rules } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    const { id } = await rules.create(caller, { name: 'contested', ...slow });

    const changed = await Promise.allSettled(
      [200, 300].map((value) => rules.change(caller, id, { value, version: 1 })),
    );

    expect(changed.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await rules.get(tenantId, id)).toMatchObject({ version: 2 });
  });

  it('is not changed when the audit trail cannot be written', async () => {
    const { rules } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    const broken = { ...caller, record: () => Promise.reject(new TypeError('no trail')) };
    const { id } = await rules.create(caller, { name: 'audited', ...slow });

    await expect(rules.change(broken, id, { value: 7 })).rejects.toThrow('no trail');
    await expect(rules.create(broken, { name: 'unseen', ...slow })).rejects.toThrow('no trail');

    const { items } = await rules.list({ tenantId }, { limit: 10 });
    expect(items).toMatchObject([{ name: 'audited', value: 100, version: 1 }]);
  });

  it('tells the audit trail what was changed, and of receivers never the secrets', async () => {
    const { rules, receivers } = managementOn(pg.db);
    const { caller, recorded } = callerOf(tenantId);
    const secrets = { url: 'https://hooks.example/T0/very-secret' };
    const receiver = await receivers.create(caller, { name: 'chat', kind: 'slack', secrets });
    const rule = await rules.create(caller, { name: 'slow', ...slow, labels: { b: '1', a: '2' } });
    await rules.change(caller, rule.id, { value: 7, receivers: [receiver.id], labels: { a: '2', b: '1' } });
    await receivers.change(caller, receiver.id, { groupWaitMs: 5 });
    await rules.delete(caller, rule.id);
    await receivers.delete(caller, receiver.id);

    expect(recorded.map(({ action }) => action)).toEqual([
      'alert-receiver.created',
      'alert-rule.created',
      'alert-rule.updated',
      'alert-receiver.updated',
      'alert-rule.deleted',
      'alert-receiver.deleted',
    ]);
    expect(recorded[2]?.details).toEqual({ name: 'slow', changes: { value: 7, receivers: [receiver.id] } });
    expect(JSON.stringify(recorded)).not.toContain('very-secret');
    expect(recorded[0]?.details).toMatchObject({ secretNames: ['url'] });
  });

  it('keeps a secret that a change does not name, and sends it to no other host', async () => {
    const { receivers, receiverRows } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    const secretsOf = async (id: string) => (await receiverRows.withSecrets([id]))[0]?.secrets;
    const pager = await receivers.create(caller, {
      name: 'pager',
      kind: 'pagerduty',
      secrets: { routingKey: 'k'.repeat(32) },
    });

    await receivers.change(caller, pager.id, { name: 'pager two' });
    await receivers.replace(caller, pager.id, { name: 'pager three', kind: 'pagerduty' });
    const stolen = receivers.change(caller, pager.id, { settings: { url: 'https://evil.example/' } });

    await expect(stolen).rejects.toMatchObject({ code: 'ALERTING_INPUT_INVALID' });
    const replaced = receivers.replace(caller, pager.id, {
      name: 'pager four',
      kind: 'pagerduty',
      settings: { url: 'https://evil.example/' },
    });
    await expect(replaced).rejects.toMatchObject({ code: 'ALERTING_INPUT_INVALID' });
    expect(await secretsOf(pager.id)).toEqual({ routingKey: 'k'.repeat(32) });
    const turned = receivers.change(caller, pager.id, {
      kind: 'webhook',
      secrets: { url: 'https://evil.example/' },
    });
    await expect(turned).resolves.toMatchObject({ kind: 'webhook', secretNames: ['url'] });
    expect(await secretsOf(pager.id)).toEqual({ url: 'https://evil.example/' });
  });

  it('refuses receivers with addresses inside networks that nobody named', async () => {
    const { receivers } = managementOn(pg.db, { ALERTING_ALLOWED_PRIVATE_TARGETS: '10.20.0.0/16' });
    const { caller } = callerOf(tenantId);
    const refusal = { code: 'ALERTING_TARGET_FORBIDDEN' };
    const create = async (url: string, kind: 'webhook' | 'slack' = 'webhook') =>
      await receivers.create(caller, { name: url, kind, secrets: { url } });
    const urls = [
      ...['http://169.254.169.254/x', 'http://[::1]:1/', 'http://2852039166/', 'http://0.0.0.0:1/'],
      ...['http://[::ffff:169.254.169.254]/', 'https://10.0.0.1./', 'http://127.0.0.1/'],
    ];

    for (const url of urls) {
      await expect(create(url)).rejects.toMatchObject(refusal);
      await expect(create(url, 'slack')).rejects.toMatchObject(refusal);
    }
    const pager = async () =>
      await receivers.create(caller, {
        ...{ name: 'pager', kind: 'pagerduty', settings: { url: urls[0] }, secrets: { routingKey: 'k' } },
      });
    await expect(pager()).rejects.toMatchObject(refusal);
    const { id } = await create('http://10.20.0.1/');
    const secrets = { url: urls[0] };
    await expect(receivers.change(caller, id, { secrets })).rejects.toMatchObject(refusal);
    const other = { name: 'other', kind: 'webhook' as const, secrets };
    await expect(receivers.replace(caller, id, other)).rejects.toMatchObject(refusal);
    expect(await receivers.get(tenantId, id)).toMatchObject({ version: 1 });
    await expect(create('http://receiver.invalid/')).resolves.toMatchObject({ secretNames: ['url'] });
  });

  it('takes a receiver out of its rules when it goes, with what waits for it', async () => {
    const { rules, receivers } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    const receiver = await receivers.create(caller, { name: 'gone soon', kind: 'gateway' });
    const rule = await rules.create(caller, { name: 'slow', ...slow, receivers: [receiver.id] });
    await pg.db.query(sql`
      INSERT INTO alert_outbox (tenant_id, receiver_id, dedup_key, group_key, rule_id, fingerprint, starts_at, transition,
        alert, created_at)
      VALUES (${tenantId}, ${receiver.id}, 'key', '{}', ${rule.id}, '0123456789abcdef', now(), 'firing', '{}', now())`);

    await receivers.delete(caller, receiver.id);

    expect(await rules.get(tenantId, rule.id)).toMatchObject({ receivers: [], version: 2 });
    const waiting = await pg.db.query(
      sql`SELECT 1 FROM alert_outbox WHERE receiver_id = ${receiver.id}::bigint`,
    );
    expect(waiting).toEqual([]);
  });

  it('holds no rule while it waits to delete a receiver, so that nobody waits for it in turn', async () => {
    const { rules, receivers } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    const receiver = await receivers.create(caller, { name: 'contested', kind: 'gateway' });
    const rule = await rules.create(caller, { name: 'slow', ...slow, receivers: [receiver.id] });
    let deleted: Promise<void> | undefined;

    await pg.db.transaction(async (transaction) => {
      await lockTenant(transaction, tenantId);
      deleted = receivers.delete(caller, receiver.id);
      await eventually(async () => {
        const waiting = await pg.db.query(
          sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        expect(waiting).toHaveLength(1);
      });
      await transaction.query(
        sql`SELECT FROM alert_rules WHERE id = ${rule.id}::bigint FOR NO KEY UPDATE NOWAIT`,
      );
    });
    await deleted;

    expect(await rules.get(tenantId, rule.id)).toMatchObject({ receivers: [] });
  });

  it('shows each time that an alert fired with its own end, however often it did', async () => {
    const { alerts, rules } = managementOn(pg.db);
    const { id: ruleId } = await rules.create(callerOf(tenantId).caller, { name: 'flapping', ...slow });
    const begins = Array.from({ length: 5 }, (_, index) => Date.now() - (index + 1) * 60_000);
    const iso = (at: number): string => new Date(at).toISOString();
    const rows = begins.toReversed().flatMap((at, index) => {
      const alert = { tenantId, ruleId, ruleName: 'flapping', startsAt: iso(at), labels: {}, value: index };
      const changes = [
        { at, from: 'normal', to: 'firing', alert: { ...alert, endsAt: null } },
        { at: at + 10_000, from: 'firing', to: 'recovering', alert: { ...alert, endsAt: null } },
        { at: at + 20_000, from: 'recovering', to: 'firing', alert: { ...alert, endsAt: null } },
        { at: at + 30_000, from: 'firing', to: 'normal', alert: { ...alert, endsAt: iso(at + 30_000) } },
      ];
      return index === 4 ? changes.slice(0, 3) : changes;
    });
    for (const { at, from, to, alert } of rows) {
      await pg.db.query(sql`
        INSERT INTO alert_transitions (tenant_id, rule_id, fingerprint, at, from_state, to_state, alert)
        VALUES (${tenantId}, ${ruleId}, 'abcdefabcdefabcd', ${iso(at)}, ${from}, ${to}, ${JSON.stringify(alert)})`);
    }

    const found = await alerts.past({ tenantId, from: new Date(0), to: null }, { limit: 10 });

    expect(found.items.map(({ startsAt, endsAt, state }) => [startsAt, endsAt, state])).toEqual(
      begins.map((at, index) => [
        new Date(at),
        index === 0 ? null : new Date(at + 30_000),
        index === 0 ? 'firing' : 'resolved',
      ]),
    );
  });

  it('pages through lists without loss', async () => {
    const { rules } = managementOn(pg.db);
    const { caller } = callerOf(tenantId);
    for (let index = 0; index < 7; index += 1) await rules.create(caller, { name: `rule ${index}`, ...slow });
    const names: string[] = [];
    let cursor: string | undefined;

    do {
      const page = await rules.list({ tenantId }, { limit: 3, cursor });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);

    expect(names).toEqual(Array.from({ length: 7 }, (_, index) => `rule ${index}`));
  });

  it('holds silences by the clock of the database', async () => {
    const { silences, silenceRows } = managementOn(pg.db);
    const { caller, recorded } = callerOf(tenantId);
    const matchers = [{ label: 'team', operator: '=~' as const, value: 'sh.p' }];
    const hold = (start: number) =>
      silences.create(caller, {
        matchers,
        startsAt: new Date(Date.now() + start).toISOString(),
        durationMs: 3_600_000,
        comment: 'deployment',
      });
    const [active, pending] = [await hold(-60_000), await hold(60_000)];
    const states = async (): Promise<string[]> =>
      (await silences.list({ tenantId }, { limit: 10 })).items.map(({ state }) => state);
    expect(await states()).toEqual(['pending', 'active']);
    const holding = async (at: number): Promise<string[]> =>
      (await silenceRows.active(new Date(at)))
        .filter((each) => each.tenantId === tenantId)
        .map(({ id }) => id);
    expect(await holding(Date.now())).toEqual([active.id]);

    const longer = await silences.change(caller, active.id, { durationMs: 7_200_000, version: 1 });
    expect(longer.endsAt.getTime() - longer.startsAt.getTime()).toBe(7_200_000);
    await silences.end(caller, active.id);
    await silences.end(caller, pending.id);

    expect(await states()).toEqual(['expired', 'expired']);
    const over = { code: 'ALERTING_SILENCE_OVER' };
    for (const { id } of [active, pending]) {
      await expect(silences.change(caller, id, { durationMs: 7_200_000 })).rejects.toMatchObject(over);
      await expect(silences.change(caller, id, { comment: 'later' })).rejects.toMatchObject(over);
      const again = { matchers, durationMs: 7_200_000, comment: '' };
      await expect(silences.replace(caller, id, again)).rejects.toMatchObject(over);
    }
    expect(await states()).toEqual(['expired', 'expired']);
    expect(await holding(Date.now() + 70_000)).toEqual([]);
    expect(recorded.map(({ action }) => action)).toEqual([
      ...['silence.created', 'silence.created', 'silence.updated', 'silence.ended', 'silence.ended'],
    ]);
  });
});
