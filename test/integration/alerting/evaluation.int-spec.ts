import { RuleRepository } from '../../../src/alerting/management/rule.repository.js';
import type { Observation } from '../../../src/alerting/model/alert.js';
import type {
  CollectorSource,
  Condition,
  ThresholdCondition,
} from '../../../src/alerting/model/condition.js';
import type { Observer } from '../../../src/alerting/model/observer.js';
import { sql } from '../../../src/kernel/sql.js';
import { evaluatorOn, storeReceiver, storeRule } from '../../support/alert-evaluation.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import { useTestDatabase } from '../../support/test-database.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const EVERY_MS = 5_000;

const SLOW: ThresholdCondition = {
  kind: 'threshold',
  source: { from: 'collector', scraperSource: 'shop', metricType: 'page', measure: 'durationMs' },
  aggregation: 'mean',
  windowMs: MINUTE_MS,
  operator: '>',
  threshold: 2_000,
  clearThreshold: 1_500,
};

describe('evaluation of alert rules on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';
  let receiverId = '';
  let now = new Date();
  let names = 0;

  beforeAll(async () => {
    await collectorsOn(pg.db).partitions.ensure();
    await evaluatorOn(pg.db).upkeep.keepPartitions();
  });

  beforeEach(async () => {
    await pg.db.query(sql`DELETE FROM alert_rules`);
    names += 1;
    tenantId = await createTenant(pg.db, `watched-${names}`);
    receiverId = await storeReceiver(pg.db, tenantId);
    now = await evaluatorOn(pg.db).states.now();
  });

  const at = (): Date => now;

  function pass(ms: number): void {
    now = new Date(now.getTime() + ms);
  }

  async function post(durationMs: number | null, { tenant = tenantId, type = 'page' } = {}): Promise<void> {
    await pg.db.query(sql`
      WITH series AS (
        INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
        VALUES (${tenant}::bigint, 'shop', ${type})
        ON CONFLICT (tenant_id, scraper_source, metric_type) DO UPDATE SET metric_type = excluded.metric_type RETURNING id)
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      SELECT id, ${new Date(now.getTime() - 1)}::timestamptz, ${durationMs}::float8, false, true FROM series`);
  }

  function alerts(): Promise<{ state: string; value: number | null; detail: string | null }[]> {
    return pg.db.query(sql`
      SELECT state, value, detail FROM alert_instances WHERE tenant_id = ${tenantId}::bigint ORDER BY labels::text`);
  }

  async function told(): Promise<string[]> {
    const rows = await pg.db.query<{ transition: string }>(
      sql`SELECT transition FROM alert_outbox WHERE tenant_id = ${tenantId}::bigint ORDER BY id`,
    );
    return rows.map(({ transition }) => transition);
  }

  async function history(): Promise<string[]> {
    const rows = await pg.db.query<{ change: string }>(sql`
      SELECT from_state || ' > ' || to_state AS change FROM alert_transitions
      WHERE tenant_id = ${tenantId}::bigint ORDER BY at, id`);
    return rows.map(({ change }) => change);
  }

  const rule = (condition: Condition, more: object = {}): Promise<string> =>
    storeRule(pg.db, { tenantId, name: 'slow', condition, receiverIds: [receiverId], ...more });

  it('goes from normal over pending and firing to recovering and resolved, and tells what receivers need', async () => {
    await rule(SLOW, { forMs: 10 * SECOND_MS, keepFiringMs: 10 * SECOND_MS });
    const states: (string | undefined)[] = [];

    for (const durationMs of [100, 9_000, 9_000, 9_000, 1, 1, 1, 1]) {
      pass(MINUTE_MS / 12);
      await pg.db.query(sql`DELETE FROM scraper_page_performance`);
      await post(durationMs);
      // Another instance each time: nothing is remembered but what is stored.
      await evaluatorOn(pg.db, { at }).evaluate();
      states.push((await alerts())[0]?.state);
    }

    expect(states).toEqual([
      undefined,
      'pending',
      'pending',
      'firing',
      'recovering',
      'recovering',
      'normal',
      'normal',
    ]);
    expect(await told()).toEqual(['firing', 'resolved']);
    expect(await history()).toEqual([
      'normal > pending',
      'pending > firing',
      'firing > recovering',
      'recovering > normal',
    ]);
    const [row] = await pg.db.query<{ alert: Record<string, unknown> }>(sql`
      SELECT alert FROM alert_outbox WHERE tenant_id = ${tenantId}::bigint AND transition = 'resolved'`);
    expect(row?.alert).toMatchObject({
      ruleName: 'slow',
      labels: { alertname: 'slow', severity: 'warning', scraper: 'shop', metric: 'page', team: 'shop' },
      state: 'normal',
      value: 1,
    });
    expect(Date.parse(String(row?.alert['endsAt'])) - Date.parse(String(row?.alert['startsAt']))).toBe(
      15_000,
    );
  });

  it('keeps what is between the clear level and the threshold', async () => {
    await rule(SLOW);
    const evaluator = evaluatorOn(pg.db, { at });
    const states: (string | undefined)[] = [];

    for (const durationMs of [1_800, 2_100, 1_800, 1_400, 1_800]) {
      pass(EVERY_MS);
      await pg.db.query(sql`DELETE FROM scraper_page_performance`);
      await post(durationMs);
      await evaluator.evaluate();
      states.push((await alerts())[0]?.state);
    }

    expect(states).toEqual([undefined, 'firing', 'firing', 'normal', 'normal']);
  });

  it('does not resolve without data, and lets a rule of another tenant alone', async () => {
    await rule(SLOW);
    const other = await createTenant(pg.db, `other-${names}`);
    const evaluator = evaluatorOn(pg.db, { at });
    await post(9_000);
    await post(1, { tenant: other });
    pass(EVERY_MS);
    await evaluator.evaluate();
    pass(2 * MINUTE_MS);
    await evaluator.evaluate();

    expect(await alerts()).toEqual([
      { state: 'no-data', value: null, detail: 'nothing was measured in the window' },
    ]);
    expect(await told()).toEqual(['firing']);

    await post(1);
    pass(EVERY_MS);
    await evaluator.evaluate();
    expect(await told()).toEqual(['firing', 'resolved']);
  });

  it('writes nothing while nothing changes, but for the value once a minute', async () => {
    await rule({ ...SLOW, aggregation: 'last', windowMs: 10 * MINUTE_MS });
    await post(9_000);
    const evaluator = evaluatorOn(pg.db, { at });
    const written = async (): Promise<unknown> =>
      (await pg.db.query(sql`SELECT xmin::text AS written, version FROM alert_instances`))[0];
    pass(EVERY_MS);
    await evaluator.evaluate();
    const first = await written();

    for (let turn = 0; turn < 11; turn += 1) {
      pass(EVERY_MS);
      await evaluator.evaluate();
    }
    expect(await written()).toEqual(first);

    pass(EVERY_MS);
    await evaluator.evaluate();
    expect(await written()).not.toEqual(first);
    expect(await written()).toMatchObject({ version: '1' });
  });

  it('judges by the new condition after an edit, and lets the hold time begin anew', async () => {
    const id = await rule(SLOW, { forMs: 10 * SECOND_MS });
    const evaluator = evaluatorOn(pg.db, { at });
    await post(1_900);
    await post(5_000);
    pass(EVERY_MS);
    await evaluator.evaluate();
    expect((await alerts())[0]?.state).toBe('pending');
    pass(EVERY_MS);

    const harder = JSON.stringify({ ...SLOW, threshold: 3_000 });
    await pg.db.query(sql`
      UPDATE alert_rules SET condition = ${harder}::jsonb, condition_since = ${now}::timestamptz, version = version + 1,
        updated_at = clock_timestamp() WHERE id = ${id}::bigint`);
    const states: (string | undefined)[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await evaluator.evaluate();
      states.push((await alerts())[0]?.state);
      pass(EVERY_MS);
    }

    expect(states).toEqual(['pending', 'pending', 'firing', 'firing']);
  });

  it('ends and tells what fires when its rule is disabled or deleted, and writes nothing of it afterwards', async () => {
    const id = await rule(SLOW);
    await post(9_000);
    pass(EVERY_MS);
    const evaluator = evaluatorOn(pg.db, { at });
    await evaluator.evaluate();
    // Read before the change, judged after it.
    const late = evaluatorOn(pg.db, {
      at,
      observers: [
        scripted(
          () => 'bad',
          () => disable(id),
        ),
      ],
    });
    pass(EVERY_MS);

    await late.evaluate();

    expect(await told()).toEqual(['firing', 'resolved']);
    expect(await history()).toEqual(['normal > firing', 'firing > normal']);
    expect((await alerts())[0]).toMatchObject({ state: 'normal', detail: 'the rule was disabled' });
    expect(
      late.registry
        .counters()
        .find(({ name }) => name === 'alerting_overtaken_total')
        ?.samples()[0]?.value,
    ).toBe(1);
  });

  async function disable(id: string): Promise<void> {
    const { engine } = evaluatorOn(pg.db, { at });
    await pg.db.transaction(async (tx) => {
      const stored = await new RuleRepository(pg.db).lock(tx, tenantId, id);
      if (stored !== undefined) await engine.resolveRule(tx, stored, 'the rule was disabled');
      await tx.query(sql`
        UPDATE alert_rules SET is_enabled = false, version = version + 1, updated_at = clock_timestamp()
        WHERE id = ${id}::bigint`);
    });
  }

  /** Says what the test wants of every rule. */
  function scripted(
    outcomeOf: (ruleId: string) => Observation['outcome'],
    before: () => Promise<void> = () => Promise.resolve(),
  ): Observer {
    return {
      kind: 'threshold',
      observe: async (rules) => {
        await before();
        return rules.map(({ id }) => ({
          ruleId: id,
          labels: { series: 'one' },
          outcome: outcomeOf(id),
          value: 1,
          predictedAt: null,
          detail: null,
        }));
      },
    };
  }

  it('turns nothing back that a later evaluation has found', async () => {
    await rule(SLOW);
    const earlier = new Date(now);
    pass(EVERY_MS);
    await evaluatorOn(pg.db, { at, observers: [scripted(() => 'bad')] }).evaluate();

    // It stood still between reading the time and the alerts.
    await evaluatorOn(pg.db, { at: () => earlier, observers: [scripted(() => 'well')] }).evaluate();

    expect((await alerts()).map(({ state }) => state)).toEqual(['firing']);
    expect(await told()).toEqual(['firing']);
  });

  it('goes on when the clock of the database is set back', async () => {
    await rule(SLOW);
    await evaluatorOn(pg.db, { at, observers: [scripted(() => 'bad')] }).evaluate();

    pass(-60 * MINUTE_MS);
    await evaluatorOn(pg.db, { at, observers: [scripted(() => 'well')] }).evaluate();

    expect(await told()).toEqual(['firing', 'resolved']);
  });

  it('evaluates all the others when one rule fails', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) ids.push(await rule(SLOW, { name: `rule ${index}` }));
    const inner = scripted(() => 'bad');
    let tries = 0;
    const failing: Observer = {
      kind: 'threshold',
      observe: (rules, ...rest) => {
        tries += 1;
        return rules.some(({ id }) => id === ids[13])
          ? Promise.reject(new TypeError('a rule like no other'))
          : inner.observe(rules, ...rest);
      },
    };
    const clock = new FakeClock();
    const evaluator = evaluatorOn(pg.db, { at, clock, observers: [failing] });

    await evaluator.evaluate();
    const searchedBy = tries;
    for (const passMs of [EVERY_MS, MINUTE_MS]) {
      tries = 0;
      await clock.advance(passMs);
      await evaluator.evaluate();
      // Found once, it is not searched for again, but tried alone now and then.
      expect(tries).toBe(passMs === EVERY_MS ? 1 : 2);
    }

    expect(searchedBy).toBeGreaterThan(3);
    const states = (await alerts()).map(({ state }) => state);
    expect(states.filter((state) => state === 'firing')).toHaveLength(19);
    expect(states.filter((state) => state === 'error')).toHaveLength(1);
    expect(JSON.stringify(await alerts())).not.toContain('like no other');
  });

  it('takes a number that is none for an error, and resolves nothing by it', async () => {
    await rule(SLOW);
    let value = 1;
    let outcome: Observation['outcome'] = 'bad';
    const observer: Observer = {
      kind: 'threshold',
      observe: (rules) =>
        Promise.resolve(
          rules.map(({ id }) => ({
            ruleId: id,
            labels: {},
            outcome,
            value,
            predictedAt: null,
            detail: null,
          })),
        ),
    };
    const evaluator = evaluatorOn(pg.db, { at, observers: [observer] });
    await evaluator.evaluate();
    pass(EVERY_MS);
    [value, outcome] = [NaN, 'well'];

    await evaluator.evaluate();

    expect(await alerts()).toEqual([{ state: 'error', value: null, detail: null }]);
    expect(await told()).toEqual(['firing']);
  });

  it('goes on watching the oldest series when too many match, and says that the others are not', async () => {
    const add = (from: number, to: number): Promise<unknown> =>
      pg.db.query(sql`
        INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
        SELECT ${tenantId}::bigint, 'source-' || n, 'page' FROM generate_series(${from}::integer, ${to}::integer) AS n`);
    await post(3_000);
    await add(1, 499);
    const source = { ...SLOW.source, scraperSource: null } as CollectorSource;
    const condition = { ...SLOW, source };
    await storeRule(pg.db, {
      tenantId,
      name: 'wide',
      condition,
      missingData: 'ok',
      receiverIds: [receiverId],
    });
    const evaluator = evaluatorOn(pg.db, { at });
    const failures = (): number | undefined =>
      evaluator.registry
        .counters()
        .find(({ name }) => name === 'alerting_rule_failures_total')
        ?.samples()[0]?.value;
    await evaluator.evaluate();
    const atBound = { alerts: await alerts(), failures: failures() ?? 0 };

    await add(500, 500);
    for (const passMs of [5_000, 5_000]) {
      pass(passMs);
      await evaluator.evaluate();
    }

    expect(atBound).toMatchObject({ alerts: [{ state: 'firing' }], failures: 0 });
    expect(await alerts()).toMatchObject([
      { state: 'firing' },
      { state: 'error', detail: expect.stringContaining('only the 500 oldest are watched') as string },
    ]);
    expect(failures()).toBe(2);
    expect(evaluator.logger.messages('warn')).toEqual(['Alert rules are not evaluated, or not in full']);
  });

  it('lets go of a series that is gone, after a while, and says why', async () => {
    await rule(SLOW);
    let isThere = true;
    const inner = scripted(() => 'bad');
    const observer: Observer = {
      kind: 'threshold',
      observe: (...all) => (isThere ? inner.observe(...all) : Promise.resolve([])),
    };
    const evaluator = evaluatorOn(pg.db, { at, observers: [observer] });
    await evaluator.evaluate();
    isThere = false;
    pass(EVERY_MS);
    await evaluator.evaluate();
    pass(4 * MINUTE_MS);
    await evaluator.evaluate();
    expect([await told(), (await alerts())[0]?.state]).toEqual([['firing'], 'no-data']);

    pass(2 * MINUTE_MS);
    await evaluator.evaluate();

    expect(await told()).toEqual(['firing', 'resolved']);
    expect((await alerts())[0]).toMatchObject({
      state: 'normal',
      detail: 'nothing is reported of it any more',
    });
  });

  it('judges by the clock of the database, whatever those of the instances say', async () => {
    await rule({ ...SLOW, windowMs: 10 * MINUTE_MS }, { forMs: 2 * MINUTE_MS });
    await post(9_000);
    const ahead = evaluatorOn(pg.db, { at, clock: new FakeClock(new Date(now.getTime() + 5 * MINUTE_MS)) });
    const behind = evaluatorOn(pg.db, { at, clock: new FakeClock(new Date(now.getTime() - 5 * MINUTE_MS)) });
    const states: (string | undefined)[] = [];

    for (const evaluator of [ahead, behind, ahead, behind]) {
      pass(MINUTE_MS);
      await evaluator.evaluate();
      states.push((await alerts())[0]?.state);
    }

    expect(states).toEqual(['pending', 'pending', 'firing', 'firing']);
    expect(await told()).toEqual(['firing']);
  });

  it('evaluates 10,000 rules, and writes once what changed', async () => {
    await pg.db.query(sql`
      INSERT INTO alert_rules (tenant_id, name, origin, condition, severity, for_ms, keep_firing_ms, missing_data, labels,
        created_by)
      SELECT ${tenantId}::bigint, 'rule ' || n, 'user', ${JSON.stringify(SLOW)}::jsonb, 'info', 0, 0, 'ok', '{}', 'test'
      FROM generate_series(1, 10000) AS n`);
    await post(9_000);
    pass(EVERY_MS);
    const evaluator = evaluatorOn(pg.db, { at });

    await evaluator.evaluate();
    pass(EVERY_MS);
    await evaluator.evaluate();

    const [row] = await pg.db.query(sql`
      SELECT count(*)::int AS alerts, count(*) FILTER (WHERE state = 'firing')::int AS firing, max(version) AS version
      FROM alert_instances`);
    expect(row).toEqual({ alerts: 10_000, firing: 10_000, version: '1' });
    expect(await history()).toHaveLength(10_000);
  });
});
