import type { ThresholdCondition } from '../../../src/alerting/model/condition.js';
import { BuiltInRuleRepository } from '../../../src/alerting/signals/built-in-rule.repository.js';
import { BUILT_IN_RULES } from '../../../src/alerting/signals/built-in-rules.js';
import { OwnSignals } from '../../../src/alerting/signals/own-signals.js';
import { SignalReporter } from '../../../src/alerting/signals/signal-reporter.js';
import { SignalRepository } from '../../../src/alerting/signals/signal.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { HealthIndicators, type Reading } from '../../../src/platform/health/index.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { evaluatorOn, storeReceiver, storeRule } from '../../support/alert-evaluation.js';
import { CountingIds } from '../../support/counting-ids.js';
import { FakeClock } from '../../support/fake-clock.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;

describe('rules on what instances measure of themselves, on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';
  let receiverId = '';

  beforeAll(async () => {
    await evaluatorOn(pg.db).upkeep.keepPartitions();
    const [row] = await pg.db.query<{ id: string }>(sql`SELECT id FROM tenants WHERE slug = 'default'`);
    tenantId = row?.id ?? '';
    receiverId = await storeReceiver(pg.db, tenantId);
  });

  beforeEach(async () => {
    await pg.db.query(sql`DELETE FROM alert_rules`);
    await pg.db.query(sql`DELETE FROM alert_signals`);
    await pg.db.query(sql`DELETE FROM alert_outbox`);
  });

  /** An instance with a gauge, a counter and an indicator. */
  function instance(name: string) {
    const registry = new MetricRegistry();
    const indicators = new HealthIndicators();
    const clock = new FakeClock();
    const seen: { reading: Reading } = { reading: { kind: 'value', value: 0.2 } };
    indicators.register({
      component: 'cache',
      name: 'hit-ratio',
      title: 'The share of reads that the cache answered',
      unit: 'ratio',
      knots: { good: 0.9, bad: 0.4, weight: 40, scale: 'linear' },
      advice: '',
      runbook: '',
      read: () => seen.reading,
    });
    const reporter = new SignalReporter(
      new OwnSignals(registry, indicators),
      new SignalRepository(pg.db),
      clock,
      new CountingIds(name),
    );
    const report = async (times = 2): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        await reporter.report();
        await clock.advance(5_000);
      }
    };
    return {
      seen,
      report,
      stop: () => reporter.stop(),
      queue: registry.gauge('jobs_waiting', { help: 'Jobs that wait.', labels: ['queue'] }),
      seconds: registry.distribution('jobs_seconds', { help: 'Durations.', labels: ['queue'] }),
      errors: registry.counter('jobs_failed_total', { help: 'Jobs that failed.' }),
    };
  }

  function own(signal: string, more: Partial<ThresholdCondition> = {}, labels = {}): ThresholdCondition {
    const source = { from: 'own', signal, labels } as const;
    const level = { operator: '>', threshold: 10, clearThreshold: null } as const;
    return { kind: 'threshold', source, aggregation: 'mean', windowMs: MINUTE_MS, ...level, ...more };
  }

  const watch = (condition: ThresholdCondition, name = 'own'): Promise<string> =>
    storeRule(pg.db, { tenantId, name, condition, receiverIds: [receiverId] });

  function alerts(): Promise<
    { labels: object; state: string; value: number | null; detail: string | null }[]
  > {
    return pg.db.query(sql`SELECT labels, state, value, detail FROM alert_instances ORDER BY labels::text`);
  }

  it('makes an alert of each instance and series, and none of others', async () => {
    await watch(own('jobs_waiting', {}, { queue: 'mail' }));
    const [a, b] = [instance('a'), instance('b')];
    a.queue.set({ queue: 'mail' }, 20);
    a.queue.set({ queue: 'other' }, 99);
    b.queue.set({ queue: 'mail' }, 3);
    await a.report();
    await b.report();

    await evaluatorOn(pg.db).evaluate();

    expect(await alerts()).toEqual([
      {
        labels: { instance: expect.stringContaining('a') as string, queue: 'mail' },
        state: 'firing',
        value: 20,
        detail: '20, bad when > 10',
      },
    ]);
  });

  it('takes counters as rates per second', async () => {
    await watch(own('jobs_failed_total', { threshold: 3 }));
    const a = instance('a');
    a.errors.increment({}, 1_000);
    await a.report(1);
    a.errors.increment({}, 20);
    await a.report(1);

    await evaluatorOn(pg.db).evaluate();

    expect(await alerts()).toMatchObject([{ state: 'firing', value: 4 }]);
  });

  it('watches all instances together, or one of them, when the label instance says so', async () => {
    await watch(own('jobs_waiting', { aggregation: 'sum', threshold: 45 }, { instance: 'all' }));
    await watch(own('jobs_failed_total', { threshold: 1 }, { instance: 'all' }), 'rates');
    await watch(own('jobs_waiting', { threshold: 1 }, { instance: 'nobody' }), 'nobody');
    const [a, b] = [instance('a'), instance('b')];
    for (const each of [a, b]) {
      each.queue.set({ queue: 'mail' }, 12);
      await each.report(1);
      each.errors.increment({}, 4);
      await each.report(1);
    }

    await evaluatorOn(pg.db).evaluate();

    expect(await alerts()).toMatchObject([
      { labels: { instance: 'all' }, state: 'firing', value: 1.6 },
      { labels: { instance: 'all', queue: 'mail' }, state: 'firing', value: 48 },
    ]);
  });

  it('lets go of the alerts of an instance that has ended, after a while', async () => {
    await watch(own('jobs_waiting'));
    const a = instance('a');
    a.queue.set({ queue: 'mail' }, 20);
    await a.report();
    let now = await evaluatorOn(pg.db).states.now();
    const evaluator = evaluatorOn(pg.db, { at: () => now });
    const states: (string | undefined)[] = [];

    // Its last report stays: it was killed.
    for (const passMs of [0, MINUTE_MS, 2 * MINUTE_MS, 4 * MINUTE_MS]) {
      now = new Date(now.getTime() + passMs);
      await evaluator.evaluate();
      states.push((await alerts())[0]?.state);
    }

    expect(states).toEqual(['firing', 'no-data', 'no-data', 'normal']);
    expect(
      await pg.db.query(sql`SELECT transition, alert ->> 'detail' AS detail FROM alert_outbox ORDER BY id`),
    ).toMatchObject([
      { transition: 'firing' },
      { transition: 'resolved', detail: 'nothing is reported of it any more' },
    ]);
  });

  it('does not begin to fire on the last report of an instance that was killed, and does while it reports', async () => {
    await storeRule(pg.db, {
      tenantId,
      name: 'own',
      condition: own('jobs_waiting'),
      forMs: 15_000,
      receiverIds: [receiverId],
    });
    const [killed, alive] = [instance('killed'), instance('alive')];
    for (const each of [killed, alive]) {
      each.queue.set({ queue: 'mail' }, 20);
      await each.report();
    }
    const start = await evaluatorOn(pg.db).states.now();
    let now = start;
    const evaluator = evaluatorOn(pg.db, { at: () => now });
    const statesOf = async (name: string): Promise<string[]> => {
      const all = await alerts();
      return all.filter(({ labels }) => JSON.stringify(labels).includes(name)).map(({ state }) => state);
    };

    for (const passMs of [0, 5_000, 10_000, 15_000, 20_000, 25_000]) {
      now = new Date(start.getTime() + passMs);
      await pg.db.query(sql`
        UPDATE alert_signals SET reported_at = ${now}::timestamptz WHERE instance_id LIKE '%alive%'`);
      await evaluator.evaluate();
    }
    const whileRecent = { killed: await statesOf('killed'), alive: await statesOf('alive') };
    now = new Date(start.getTime() + 40_000);
    await evaluator.evaluate();

    expect(whileRecent).toEqual({ killed: ['pending'], alive: ['firing'] });
    expect(await statesOf('killed')).toEqual(['normal']);
    expect(await pg.db.query(sql`SELECT alert #>> '{labels,instance}' AS who FROM alert_outbox`)).toEqual([
      { who: expect.stringContaining('alive') as string },
    ]);
  });

  it('has no word on series of a histogram before their first sample, and calls them missing after it', async () => {
    await watch(own('jobs_seconds', { aggregation: 'p95' }));
    const a = instance('a');
    a.seconds.record({ queue: 'mail' }, 1);
    a.seconds.record({ queue: 'long ago' }, 1);
    await a.report(1);
    a.seconds.record({ queue: 'mail' }, 20);
    await a.report(1);
    await evaluatorOn(pg.db).evaluate();
    const first = await alerts();

    // The window is over.
    await a.report(14);
    await evaluatorOn(pg.db).evaluate();

    expect(first).toMatchObject([{ labels: { queue: 'mail' }, state: 'firing' }]);
    expect(await alerts()).toMatchObject([{ labels: { queue: 'mail' }, state: 'no-data' }]);
  });

  it('tells a value that is no number from a missing one, and names a signal that does not exist', async () => {
    await watch(own('jobs_waiting'));
    const a = instance('a');
    a.queue.set({ queue: 'mail' }, NaN);
    await a.report();
    await evaluatorOn(pg.db).evaluate();
    expect(await alerts()).toMatchObject([{ state: 'error', value: null }]);

    await pg.db.query(sql`DELETE FROM alert_rules`);
    await watch(own('jobs_wating'));
    await a.report();
    await evaluatorOn(pg.db).evaluate();
    expect(await alerts()).toMatchObject([
      { state: 'error', detail: 'no instance has a signal jobs_wating; GET /metrics lists them' },
    ]);
  });

  it('stores the built-in rules once, keeps what people changed, and brings the others up to date', async () => {
    const repository = new BuiltInRuleRepository(pg.db);
    await repository.seed();
    await pg.db.query(sql`
      UPDATE alert_rules SET for_ms = 1, version = version + 1 WHERE name = 'memory-high'`);
    // As an earlier version of the code had it.
    await pg.db.query(sql`UPDATE alert_rules SET for_ms = 2 WHERE name = 'connections-high'`);

    await repository.seed();

    const rows = await pg.db.query<{ name: string; forMs: number; origin: string }>(
      sql`SELECT name, for_ms::float8 AS "forMs", origin FROM alert_rules ORDER BY id`,
    );
    expect(rows.map(({ name }) => name)).toEqual(BUILT_IN_RULES.map(({ name }) => name));
    expect(new Set(rows.map(({ origin }) => origin))).toEqual(new Set(['built-in']));
    const forOf = (name: string): number | undefined => rows.find((row) => row.name === name)?.forMs;
    expect([forOf('memory-high'), forOf('connections-high')]).toEqual([
      1,
      BUILT_IN_RULES.find(({ name }) => name === 'connections-high')?.forMs,
    ]);
  });

  it('breaches a built-in rule on a bad ratio, and not for want of reads; the notification has the runbook', async () => {
    await new BuiltInRuleRepository(pg.db).seed();
    await pg.db.query(sql`
      INSERT INTO alert_rule_receivers (rule_id, receiver_id)
      SELECT id, ${receiverId}::bigint FROM alert_rules WHERE name = 'cache-hit-rate-low'`);
    const a = instance('a');
    let now = new Date();
    const evaluator = evaluatorOn(pg.db, { at: () => now });
    const states: (string | undefined)[] = [];
    const evaluateAfter = async (passMs: number): Promise<void> => {
      await a.report(13);
      now = new Date((await evaluatorOn(pg.db).states.now()).getTime() + passMs);
      await pg.db.query(sql`UPDATE alert_signals SET reported_at = ${now}::timestamptz`);
      await evaluator.evaluate();
      const found = await pg.db.query<{ state: string }>(sql`
        SELECT instance.state FROM alert_instances AS instance JOIN alert_rules AS rule ON rule.id = rule_id
        WHERE rule.name = 'cache-hit-rate-low'`);
      states.push(found[0]?.state);
    };

    a.seen.reading = { kind: 'insufficient' };
    await evaluateAfter(0);
    a.seen.reading = { kind: 'value', value: 0.2 };
    await evaluateAfter(10_000);
    await evaluateAfter(6 * MINUTE_MS);

    expect(states).toEqual([undefined, 'pending', 'firing']);
    const [told] = await pg.db.query<{ alert: object }>(sql`SELECT alert FROM alert_outbox`);
    expect(told?.alert).toMatchObject({
      labels: { component: 'cache' },
      runbookUrl: 'https://runbooks.example/cache-hit-rate-low.md',
    });
  });

  it('stops being heard of when it ends in order', async () => {
    const a = instance('a');
    await a.report(1);

    await a.stop();

    expect(await pg.db.query(sql`SELECT instance_id FROM alert_signals`)).toEqual([]);
  });

  it('reports nothing any more when the instance stops, though its jobs run on', async () => {
    await watch(own('jobs_waiting'));
    const stopped = instance('a');
    await stopped.report();

    await stopped.stop();
    await stopped.report();

    expect(await pg.db.query(sql`SELECT instance_id FROM alert_signals`)).toEqual([]);
  });
});
