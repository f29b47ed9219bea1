import { ForeseeingObserver } from '../../../src/alerting/anomaly/foreseeing-observer.js';
import { Predictions } from '../../../src/alerting/anomaly/predictions.js';
import { decide } from '../../../src/alerting/evaluation/decide.js';
import { ThresholdObserver } from '../../../src/alerting/evaluation/threshold-observer.js';
import { AlertRepository } from '../../../src/alerting/management/alert.repository.js';
import type { Observation } from '../../../src/alerting/model/alert.js';
import type { ReportedSignals } from '../../../src/alerting/signals/reported-signals.js';
import { MetricRegistry } from '../../../src/platform/telemetry/index.js';
import { evaluatorOn, storeRule } from '../../support/alert-evaluation.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { collectorsOn, createTenant, measurementWindowsOn } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import {
  countingReads,
  EVALUATION,
  stepHistoryOn,
  thresholdRule,
  writeDurations,
} from '../../support/foresight.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW = Date.UTC(2026, 5, 30, 12);
const NO_SIGNALS = { observe: () => Promise.resolve([]) } as unknown as ReportedSignals;

describe('predictions on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';

  const seen = (scraper: string, ruleId = '1', value = 900): Observation => ({
    ruleId,
    labels: { scraper, metric: 'scrape' },
    outcome: 'well',
    value,
    predictedAt: null,
    detail: null,
  });

  beforeAll(async () => {
    await collectorsOn(pg.db, new FakeClock(new Date(NOW))).partitions.ensure();
    tenantId = await createTenant(pg.db, 'foreseen');
    const minutes = Array.from({ length: 8 * 60 }, (_, index) => NOW - (index + 1) * MINUTE_MS);
    // 100 ms more each hour: at 1,000 ms in an hour. The other one stays.
    const wobble = (at: number): number => (at / MINUTE_MS) % 7;
    await writeDurations(
      pg.db,
      { tenantId, scraperSource: 'rising' },
      minutes.map((at) => [at, 900 + (100 * (at - NOW)) / HOUR_MS + wobble(at)]),
    );
    await writeDurations(
      pg.db,
      { tenantId, scraperSource: 'steady' },
      minutes.map((at) => [at, 900 + wobble(at)]),
    );
    await collectorsOn(pg.db).refresher.refresh();
  });

  it('tell when a level is crossed, and nothing of a series that stays', async () => {
    const rule = thresholdRule('1', tenantId, null);
    const at = new Date(NOW);

    const [rising, steady] = await new Predictions(stepHistoryOn(pg.db)).foresee(
      [rule],
      [seen('rising'), seen('steady')],
      at,
    );

    const aheadMs = (rising?.predictedAt?.getTime() ?? NaN) - NOW;
    expect(aheadMs).toBeGreaterThan(30 * MINUTE_MS);
    expect(aheadMs).toBeLessThan(90 * MINUTE_MS);
    expect(steady?.predictedAt).toBeNull();
  });

  it('hold for a while, and cost nothing meanwhile', async () => {
    const counting = countingReads(pg.db);
    const predictions = new Predictions(stepHistoryOn(counting.db));
    const rule = thresholdRule('1', tenantId, null);
    const [first] = await predictions.foresee([rule], [seen('rising')], new Date(NOW));
    const before = counting.count();

    const [again] = await predictions.foresee([rule], [seen('rising')], new Date(NOW + 4 * MINUTE_MS));
    const changed = { ...rule, version: 2, condition: { ...rule.condition, threshold: 5_000 } };
    const [anew] = await predictions.foresee([changed], [seen('rising')], new Date(NOW + 4 * MINUTE_MS));

    expect(again?.predictedAt).toEqual(first?.predictedAt);
    expect(before).toBeLessThanOrEqual(3);
    expect(anew?.predictedAt).toBeNull();
    expect(counting.count() - before).toBeGreaterThan(0);
  });

  it('look at a bounded number of series at a time, and at all of them in turn', async () => {
    const counting = countingReads(pg.db);
    const predictions = new Predictions(stepHistoryOn(counting.db));
    const rules = Array.from({ length: 120 }, (_, index) => thresholdRule(`${index}`, tenantId, 'rising'));
    const observations = rules.map(({ id }) => seen('rising', id));
    const foreseen: number[] = [];

    for (const second of [0, 10, 20]) {
      const told = await predictions.foresee(rules, observations, new Date(NOW + second * 1_000));
      foreseen.push(told.filter(({ predictedAt }) => predictedAt !== null).length);
    }

    expect(foreseen).toEqual([50, 100, 120]);
    expect(counting.count()).toBeLessThanOrEqual(9);
  });

  it('are stored and listed while a series is well, and over when it fires', async () => {
    const condition = thresholdRule('1', tenantId, 'rising').condition;
    const ruleId = await storeRule(pg.db, { tenantId, name: 'slow', condition });
    let at = new Date(NOW);
    const metrics = new MetricRegistry();
    const thresholds = new ThresholdObserver(measurementWindowsOn(pg.db), NO_SIGNALS, EVALUATION);
    const predictions = new Predictions(stepHistoryOn(pg.db));
    const observer = new ForeseeingObserver(thresholds, predictions, new CollectingLogger(), metrics);
    const { evaluate, upkeep } = evaluatorOn(pg.db, { at: () => at, observers: [observer] });
    const alerts = new AlertRepository(pg.db);
    const listed = async () => (await alerts.current({ tenantId, state: 'predicted' }, { limit: 10 })).items;

    await upkeep.keepPartitions();
    await evaluate();
    const foreseen = await listed();
    at = new Date(NOW + 10 * MINUTE_MS);
    await writeDurations(pg.db, { tenantId, scraperSource: 'rising' }, [[at.getTime() - MINUTE_MS, 5_000]]);
    await evaluate();

    expect(foreseen).toMatchObject([{ ruleId, state: 'normal', labels: { scraper: 'rising' } }]);
    expect(foreseen[0]?.predictedAt).toEqual(expect.any(Date));
    expect(await listed()).toEqual([]);
    expect((await alerts.current({ tenantId, state: 'firing' }, { limit: 10 })).items).toHaveLength(1);
  });

  it('that fail leave the rules judged', async () => {
    const registry = new MetricRegistry();
    const logger = new CollectingLogger();
    const failing = { foresee: () => Promise.reject(new RangeError('no')) } as unknown as Predictions;
    const thresholds = new ThresholdObserver(measurementWindowsOn(pg.db), NO_SIGNALS, EVALUATION);
    const observer = new ForeseeingObserver(thresholds, failing, logger, registry);

    const told = await observer.observe(
      [thresholdRule('1', tenantId, 'steady')],
      new Date(NOW),
      new AbortController().signal,
    );

    expect(told).toMatchObject([{ outcome: 'well', predictedAt: null }]);
    expect(logger.messages('warn')).toEqual(['Crossings of levels could not be foreseen']);
    expect(registry.counters().map((counter) => [counter.name, counter.samples()[0]?.value])).toEqual([
      ['alerting_prediction_failures_total', 1],
    ]);
  });

  it('say nothing of what is bad, of other operators and of sums over other times', async () => {
    const predictions = new Predictions(stepHistoryOn(pg.db));
    const rule = thresholdRule('1', tenantId, null);
    const at = new Date(NOW);
    const equal = thresholdRule('1', tenantId, null, { operator: '=' });
    const sum = thresholdRule('1', tenantId, null, { aggregation: 'sum', windowMs: 2 * HOUR_MS });

    const told = [
      ...(await predictions.foresee([rule], [{ ...seen('rising'), outcome: 'bad' }], at)),
      ...(await predictions.foresee([equal], [seen('rising')], at)),
      ...(await predictions.foresee([sum], [seen('rising')], at)),
    ];

    expect(told.map(({ predictedAt }) => predictedAt)).toEqual([null, null, null]);
  });
});

describe('an alert that is foreseen', () => {
  const at = new Date(NOW);
  const rule = thresholdRule('1', '1', null);
  const observation: Observation = {
    ruleId: '1',
    labels: { scraper: 'rising', metric: 'scrape' },
    outcome: 'well',
    value: 900,
    predictedAt: new Date(NOW + HOUR_MS),
    detail: null,
  };
  const moment = { at, everyMs: 10_000 };

  it('is written while it is well, without a word to receivers, and once more when that is over', () => {
    const [written] = decide(
      { rule, observations: [observation], stored: [], conditionSince: undefined },
      moment,
    );
    const stored = {
      ...(written?.next ?? ({} as never)),
      ...{ id: '1', ruleId: '1', fingerprint: written?.fingerprint ?? '', labels: observation.labels },
      ...{ value: 900, predictedAt: observation.predictedAt, detail: null, evaluatedAt: at, version: '1' },
    };
    const over = { ...observation, predictedAt: null };
    const [cleared] = decide(
      { rule, observations: [over], stored: [stored], conditionSince: undefined },
      moment,
    );
    const nothing = decide({ rule, observations: [over], stored: [], conditionSince: undefined }, moment);

    expect(written).toMatchObject({
      kind: 'touched',
      transition: null,
      predictedAt: observation.predictedAt,
    });
    expect(cleared).toMatchObject({ kind: 'touched', transition: null, predictedAt: null });
    expect(nothing).toEqual([]);
  });
});
