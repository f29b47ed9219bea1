import type { BurnRateCondition } from '../../../src/alerting/model/condition.js';
import type { RuleOf } from '../../../src/alerting/model/observer.js';
import type { SloInput } from '../../../src/alerting/index.js';
import { bucketOf } from '../../../src/kernel/log-buckets.js';
import { sql } from '../../../src/kernel/sql.js';
import { callerOf, managementOn } from '../../support/alert-management.js';
import { evaluatorOn, storeReceiver } from '../../support/alert-evaluation.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Event {
  readonly source: string;
  readonly at: number;
  readonly durationMs: number;
  readonly success: boolean;
}

describe('SLOs on PostgreSQL', () => {
  const pg = useTestDatabase();
  const random = new Random(1_414);
  const now = Date.now();
  const events: Event[] = [];
  let tenantId = '';

  beforeAll(async () => {
    await collectorsOn(pg.db).partitions.ensure();
    await evaluatorOn(pg.db).upkeep.keepPartitions();
    tenantId = await createTenant(pg.db, 'promised');
    for (const [spanMs, count] of [
      [6 * DAY_MS, 1_500],
      [6 * HOUR_MS, 1_500],
      [5 * MINUTE_MS, 300],
    ] as const) {
      for (let index = 0; index < count; index += 1) {
        const at = now - Math.floor(random.fraction() * spanMs);
        // Of late things go wrong in the north.
        const source = random.of(['north', 'south']);
        const isHot = source === 'north' && at > now - 8 * HOUR_MS;
        events.push({
          ...{ source, at },
          durationMs: Math.ceil(random.fraction() ** 2 * (isHot ? 3_000 : 800)),
          success: random.fraction() > (isHot ? 0.2 : 0.005),
        });
      }
    }
    await store(tenantId, events);
    await collectorsOn(pg.db).refresher.refresh();
  });

  async function store(tenant: string, rows: readonly Event[]): Promise<void> {
    await pg.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT DISTINCT ${tenant}::bigint, s, 'page' FROM unnest(${rows.map(({ source }) => source)}::text[]) AS n (s)
      ON CONFLICT DO NOTHING`);
    await pg.db.query(sql`
      INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, is_navigation, success)
      SELECT series.id, to_timestamp(e.at / 1000), e.duration, false, e.success
      FROM unnest(${rows.map(({ source }) => source)}::text[], ${rows.map(({ at }) => at)}::float8[],
        ${rows.map(({ durationMs }) => durationMs)}::float8[], ${rows.map(({ success }) => success)}::boolean[])
        AS e (source, at, duration, success)
      JOIN scraper_series series ON series.tenant_id = ${tenant}::bigint AND series.scraper_source = e.source`);
  }

  const { caller, recorded } = callerOf('');
  const asTenant = () => ({ ...caller, tenantId });

  function share(input: SloInput, since: number, until: number): { events: number; bad: number } {
    const { scraper = null, boundMs } = input;
    const counted = events.filter(
      ({ source, at }) => (scraper ?? source) === source && at >= since && at < until,
    );
    const isGood = ({ durationMs, success }: Event): boolean =>
      boundMs === undefined ? success : bucketOf(durationMs) <= bucketOf(boundMs);
    return { events: counted.length, bad: counted.filter((event) => !isGood(event)).length };
  }

  /** What the rule comes to, by the definition and the raw events. */
  function expectedOutcome(
    input: SloInput,
    condition: BurnRateCondition,
  ): { outcome: string; rate: number | null } {
    const over = (ms: number): { rate: number; isTelling: boolean } => {
      const { events: all, bad } = share(input, now - ms, now);
      return { rate: bad / all / (1 - input.objective), isTelling: all >= 10 && bad >= 3 };
    };
    const [long, short] = [over(condition.longWindowMs), over(condition.shortWindowMs)];
    const isBad = short.rate > condition.factor && long.rate > condition.factor && long.isTelling;
    const rate = isBad ? long.rate : short.rate;
    return { outcome: isBad ? 'bad' : 'well', rate: Number.isNaN(rate) ? null : rate };
  }

  it('are judged as brute force on the raw events judges them, all by few statements', async () => {
    const { slos, observer, ruleRows } = managementOn(pg.db);
    const inputs = new Map<string, SloInput>();
    for (let index = 0; index < 40; index += 1) {
      const isTimed = random.fraction() < 0.5;
      const input: SloInput = {
        name: `objective ${index}`,
        scraper: random.of(['north', 'south', null, 'nowhere']),
        objective: random.of([0.5, 0.9, 0.99, 0.999, 0.9999]),
        windowDays: random.of([1, 7, 30, 90]),
        ...(isTimed && { indicator: 'latency' as const, boundMs: random.of([50, 400, 2_000]) }),
      };
      inputs.set((await slos.create(asTenant(), input)).id, input);
    }
    const rules = (await ruleRows.enabled()) as RuleOf<'burn-rate'>[];
    const texts: string[] = [];
    pg.db.watch({
      began: ({ text }) => {
        texts.push(text);
        return () => undefined;
      },
    });

    const seen = await observer.observe(rules, new Date(now), new AbortController().signal);

    // SLOs, the names of series, and three steps, each of counts and of durations.
    expect(texts.length).toBeLessThanOrEqual(10);
    expect(seen).toHaveLength(rules.length);
    const outcomes = rules.map((rule, index) => {
      const expected = expectedOutcome(inputs.get(rule.condition.sloId) as SloInput, rule.condition);
      const { outcome, value } = seen[index] ?? {};
      expect([rule.name, outcome]).toEqual([rule.name, expected.outcome]);
      if (expected.rate === null) expect(value).toBeNull();
      else expect(value).toBeCloseTo(expected.rate, 9);
      return expected.outcome;
    });
    // Both must have been seen, or nothing was compared.
    expect(new Set(outcomes)).toEqual(new Set(['bad', 'well']));
  });

  it('say what is left, and when it is used up', async () => {
    const { slos, status } = managementOn(pg.db);
    const input: SloInput = { name: 'told', scraper: 'north', objective: 0.8, windowDays: 30 };
    const { id } = await slos.create(asTenant(), input);

    const report = await status.report(tenantId, id);

    const all = share(input, report.from.getTime(), report.at.getTime());
    expect(report).toMatchObject({ events: all.events, goodEvents: all.events - all.bad, isCut: false });
    expect(report.sli).toBeCloseTo(1 - all.bad / all.events, 12);
    expect(report.budget.leftRatio).toBeCloseTo(1 - all.bad / (all.events * 0.2), 9);
    expect(report.burnRates.map(({ windowMs }) => windowMs / MINUTE_MS)).toEqual([
      5, 30, 60, 120, 360, 1_440, 4_320,
    ]);
    const hour = report.burnRates[2];
    const rate = hour?.rate ?? NaN;
    const left = report.budget.leftRatio ?? NaN;
    const expected = rate > 1 && left > 0 ? report.at.getTime() + (left * 30 * DAY_MS) / rate : null;
    if (expected === null) expect(report.predictedAt).toBeNull();
    else expect(Math.abs((report.predictedAt?.getTime() ?? NaN) - expected)).toBeLessThan(2);
    expect((await status.report(tenantId, id)).from.getTime() % HOUR_MS).toBe(0);
  });

  it('do not alert on one bad event of two', async () => {
    const { slos, observer, ruleRows } = managementOn(pg.db);
    const tenant = await createTenant(pg.db, 'quiet');
    const of = { ...caller, tenantId: tenant };
    await slos.create(of, { name: 'rarely used', scraper: 'rare', objective: 0.999 });
    const rules = (await ruleRows.enabled()).filter(
      (rule) => rule.tenantId === tenant,
    ) as RuleOf<'burn-rate'>[];
    const observe = async (): Promise<string[]> => {
      const found = await observer.observe(rules, new Date(now), new AbortController().signal);
      return found.map(({ outcome }) => outcome);
    };
    const rare = (success: boolean): Event => ({
      source: 'rare',
      at: now - MINUTE_MS,
      durationMs: 1,
      success,
    });

    await store(tenant, [rare(true), rare(false)]);
    expect(await observe()).toEqual(['well', 'well', 'well', 'well']);

    await store(
      tenant,
      Array.from({ length: 10 }, () => rare(false)),
    );
    expect(await observe()).toEqual(['bad', 'bad', 'bad', 'bad']);
  });

  it('keep their rules as they are: made, renamed, told to others, and gone', async () => {
    const { slos, rules } = managementOn(pg.db);
    const tenant = await createTenant(pg.db, 'kept');
    const of = { ...caller, tenantId: tenant };
    const receiver = await storeReceiver(pg.db, tenant);
    const shown = async (): Promise<readonly object[]> =>
      (await rules.list({ tenantId: tenant }, { limit: 50 })).items;
    const { id } = await slos.create(of, {
      name: 'Fast',
      objective: 0.99,
      receivers: [receiver],
      labels: { team: 'a' },
    });
    const common = { origin: 'slo', sloId: id, receivers: [receiver], labels: { team: 'a', slo: 'Fast' } };
    expect(await shown()).toMatchObject([14.4, 6, 3, 1].map((factor) => ({ ...common, factor })));

    const changed = await slos.change(of, id, { name: 'Faster', windowDays: 2, receivers: [], version: 1 });

    expect(changed).toMatchObject({
      name: 'Faster',
      windowDays: 2,
      version: 2,
      labels: { team: 'a' },
      receivers: [],
    });
    expect(await slos.get(tenant, id)).toEqual(changed);
    expect((await shown()).map((rule) => (rule as { name: string }).name)).toEqual([
      'Faster: error budget over 1 h',
      'Faster: error budget over 6 h',
      'Faster: error budget over 24 h',
    ]);
    const [first] = (await rules.list({ tenantId: tenant }, { limit: 1 })).items;
    const fixed = rules.change(of, first?.id ?? '', { severity: 'info' });
    await expect(fixed).rejects.toMatchObject({ code: 'ALERTING_RULE_FIXED' });
    await slos.delete(of, id, 2);
    expect(await shown()).toEqual([]);
    expect(recorded.slice(-3).map(({ action }) => action)).toEqual([
      'slo.created',
      'slo.updated',
      'slo.deleted',
    ]);
  });
});
