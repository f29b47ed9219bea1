import { collectorsOn, createTenant } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import { anomalyObserverOn, anomalyRule, countingReads, writeDurations } from '../../support/foresight.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const STEP_MS = 5 * MINUTE_MS;
const DAY_MS = 86_400_000;
/** Begin of the step in which the shop is slow. */
const SLOW_AT = Date.UTC(2026, 5, 30, 12);
const JUST_AFTER = SLOW_AT + STEP_MS + MINUTE_MS;
const never = new AbortController().signal;

describe('the observer of anomalies on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';

  /** An event a step, with a daily rhythm; ten times slower in one step. */
  async function write(scraperSource: string, days: number, slowAt = SLOW_AT): Promise<void> {
    const random = new Random(scraperSource.length);
    const events = Array.from({ length: (days * DAY_MS) / STEP_MS }, (_, index): [number, number] => {
      const at = SLOW_AT + 20 * STEP_MS - index * STEP_MS;
      const usual = 1_000 + 300 * Math.sin((2 * Math.PI * at) / DAY_MS) + 40 * (random.fraction() - 0.5);
      return [at + MINUTE_MS, at === slowAt ? 10 * usual : usual];
    });
    await writeDurations(pg.db, { tenantId, scraperSource }, events);
  }

  async function look(
    at: number,
    rule = anomalyRule('1', tenantId, 'shop'),
    observer = anomalyObserverOn(pg.db),
  ) {
    return observer.observe([rule], new Date(at), never);
  }

  beforeAll(async () => {
    await collectorsOn(pg.db, new FakeClock(new Date(SLOW_AT))).partitions.ensure();
    tenantId = await createTenant(pg.db, 'odd');
    await write('shop', 20);
    await write('young', 0.2, NaN);
    for (let index = 0; index < 8; index += 1) await write(`fleet-${index}`, 3, NaN);
    await collectorsOn(pg.db).refresher.refresh();
  });

  it('finds the odd step a minute after its end, and says what was expected', async () => {
    const [before] = await look(JUST_AFTER - 1);
    const [odd] = await look(JUST_AFTER);

    expect(before).toMatchObject({ outcome: 'well' });
    expect(odd).toMatchObject({
      outcome: 'bad',
      labels: { scraper: 'shop', metric: 'scrape' },
      predictedAt: null,
    });
    expect(odd?.value).toBeGreaterThan(6_000);
    expect(odd?.detail).toMatch(/^step 2026-06-30T12:00:00.000Z: \d+ above what is usual; expected \d+/);
  });

  it('finds nothing on the other side', async () => {
    const [below] = await look(JUST_AFTER, anomalyRule('1', tenantId, 'shop', { direction: 'below' }));
    const [above] = await look(JUST_AFTER, anomalyRule('1', tenantId, 'shop', { direction: 'above' }));

    expect([below?.outcome, above?.outcome]).toEqual(['well', 'bad']);
  });

  it('says the same on an instance that takes over as on one that has followed all along', async () => {
    const observer = anomalyObserverOn(pg.db);
    const rule = anomalyRule('1', tenantId, 'shop');
    for (let at = SLOW_AT - DAY_MS; at < SLOW_AT; at += 7 * STEP_MS) {
      await look(at, rule, observer);
    }

    for (const at of [JUST_AFTER, JUST_AFTER + STEP_MS, JUST_AFTER + 8 * STEP_MS]) {
      expect(await look(at, rule, observer)).toEqual(await look(at, rule));
    }
  });

  it('learns before it judges', async () => {
    const [young] = await look(JUST_AFTER, anomalyRule('1', tenantId, 'young'));

    expect(young).toMatchObject({ outcome: 'missing' });
    expect(young?.detail).toMatch(/^learning: \d+ of 73 steps with a value$/);
  });

  it('says that nothing is known of a series that is named and does not exist', async () => {
    const [unknown] = await look(JUST_AFTER, anomalyRule('1', tenantId, 'nobody'));

    expect(unknown).toMatchObject({ outcome: 'missing', labels: { scraper: 'nobody', metric: 'scrape' } });
  });

  it('says that a step has no events', async () => {
    const [silent] = await look(JUST_AFTER + 30 * STEP_MS);

    expect(silent).toMatchObject({ outcome: 'missing', detail: 'no events in the last step' });
  });

  it('reads the newest steps of hundreds of rules by one statement', async () => {
    const counting = countingReads(pg.db);
    const observer = anomalyObserverOn(counting.db);
    const rules = Array.from({ length: 300 }, (_, index) => anomalyRule(`${index}`, tenantId, null));
    await observer.observe(rules, new Date(JUST_AFTER), never);
    const before = counting.count();

    const observations = await observer.observe(rules, new Date(JUST_AFTER + STEP_MS), never);

    expect(observations).toHaveLength(300 * 10);
    expect(counting.count() - before).toBeLessThanOrEqual(2);
  });

  it('says of a rule as a whole that there are too many series, and goes on with those that fit', async () => {
    const counting = countingReads(pg.db);
    const rules = [
      ...Array.from({ length: 310 }, (_, index) => anomalyRule(`${index}`, tenantId, null)),
      anomalyRule('last', tenantId, 'nobody'),
    ];

    const observations = await anomalyObserverOn(counting.db).observe(rules, new Date(JUST_AFTER), never);

    const refused = observations.filter(({ outcome }) => outcome === 'error');
    expect(refused.map(({ ruleId, labels }) => [ruleId, labels])).toEqual(
      Array.from({ length: 10 }, (_, index) => [`${300 + index}`, {}]),
    );
    expect(refused[0]?.detail).toMatch(/^More than 3000 series are watched/);
    expect(observations).toHaveLength(3_000 + 10 + 1);
  });

  it('judges steps of hours from rollups as from raw rows', async () => {
    const rule = anomalyRule('1', tenantId, 'shop', { stepMs: 3_600_000, aggregation: 'max' });
    const [odd] = await look(SLOW_AT + 61 * MINUTE_MS, rule);

    expect(odd).toMatchObject({ outcome: 'bad' });
    expect(odd?.value).toBeGreaterThan(6_000);
  });
});
