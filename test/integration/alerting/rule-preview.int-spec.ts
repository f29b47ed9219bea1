import { AnomalyPast } from '../../../src/alerting/preview/anomaly-past.js';
import { RulePreview } from '../../../src/alerting/preview/rule-preview.js';
import { ThresholdPast } from '../../../src/alerting/preview/threshold-past.js';
import { decide } from '../../../src/alerting/evaluation/decide.js';
import type { StoredAlert } from '../../../src/alerting/evaluation/stored-alert.js';
import { ThresholdObserver } from '../../../src/alerting/evaluation/threshold-observer.js';
import type { Observer } from '../../../src/alerting/model/observer.js';
import type { AlertRule } from '../../../src/alerting/model/rule.js';
import type { ReportedSignals } from '../../../src/alerting/signals/reported-signals.js';
import { MeasurementReplay } from '../../../src/collectors/index.js';
import { WindowRepository } from '../../../src/collectors/windows/window.repository.js';
import type { Database } from '../../../src/platform/database/index.js';
import { collectorsOn, createTenant, measurementWindowsOn } from '../../support/collectors.js';
import { FakeClock } from '../../support/fake-clock.js';
import {
  anomalyObserverOn,
  anomalyRule,
  countingReads,
  EVALUATION,
  stepHistoryOn,
  thresholdRule,
  writeDurations,
} from '../../support/foresight.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const MINUTE_MS = 60_000;
const STEP_MS = 5 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 5, 30, 12, 2);
const never = new AbortController().signal;
const NO_SIGNALS = { observe: () => Promise.resolve([]) } as unknown as ReportedSignals;

function previewOn(db: Database): RulePreview {
  const history = stepHistoryOn(db);
  const replay = new MeasurementReplay(measurementWindowsOn(db), new WindowRepository(db));
  const thresholds = new ThresholdPast(replay, history, EVALUATION);
  return new RulePreview(
    history,
    thresholds,
    new AnomalyPast(history, EVALUATION),
    new FakeClock(new Date(NOW)),
  );
}

/** When each alert of the rule begins and ends, as the engine decides at these instants over the same events. */
async function live(rule: AlertRule, observer: Observer, instants: readonly number[]) {
  const stored = new Map<string, StoredAlert>();
  const told: string[] = [];
  for (const time of instants) {
    const at = new Date(time);
    const observations = await observer.observe([rule] as never, at, never);
    const ruleCase = { rule, observations, stored: [...stored.values()], conditionSince: undefined };
    for (const decision of decide(ruleCase, { at, everyMs: STEP_MS })) {
      const { fingerprint, labels, next, value, predictedAt, detail, transition } = decision;
      const row = { id: '1', ruleId: rule.id, fingerprint, labels, value, predictedAt, detail };
      stored.set(fingerprint, { ...next, ...row, evaluatedAt: at, version: '1' });
      if (transition !== null && transition !== 'flapping') {
        told.push(`${labels['scraper'] ?? ''} ${transition} ${at.toISOString()}`);
      }
    }
  }
  return told.sort();
}

describe('the preview of a rule on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';

  beforeAll(async () => {
    await collectorsOn(pg.db, new FakeClock(new Date(NOW))).partitions.ensure();
    tenantId = await createTenant(pg.db, 'preview');
    const random = new Random(11);
    for (const scraperSource of ['shop', 'blog']) {
      // Slow for one hour a day and now and then for a moment, with gaps, for 16 days.
      const events = Array.from({ length: (16 * DAY_MS) / (2 * MINUTE_MS) }, (_, index): [number, number] => {
        const at = NOW - 17_000 - index * 2 * MINUTE_MS;
        const isSlow = at % DAY_MS < HOUR_MS || random.fraction() < 0.01;
        return [at, (isSlow ? 1_500 : 500) + 100 * random.fraction()];
      }).filter(([at]) => scraperSource === 'shop' || at % (6 * HOUR_MS) > 20 * MINUTE_MS);
      await writeDurations(pg.db, { tenantId, scraperSource }, events);
    }
    const steady = Array.from({ length: (10 * DAY_MS) / STEP_MS }, (_, index): [number, number] => {
      const at = NOW - 17_000 - index * STEP_MS;
      const isOdd = at > NOW - 2 * DAY_MS && at < NOW - 2 * DAY_MS + HOUR_MS;
      return [at, (isOdd ? 700 : 300) + 20 * random.fraction()];
    });
    await writeDurations(pg.db, { tenantId, scraperSource: 'api' }, steady);
    await collectorsOn(pg.db).refresher.refresh();
  });

  it('tells how often a rule would have fired, and how many messages its hold time spares', async () => {
    const rule = {
      ...thresholdRule('0', tenantId, 'shop'),
      forMs: 10 * MINUTE_MS,
      keepFiringMs: 10 * MINUTE_MS,
    };

    const report = await previewOn(pg.db).preview(tenantId, rule);

    expect(report).toMatchObject({
      stepMs: STEP_MS,
      evaluations: 2_016,
      firings: 7,
      messages: 14,
      seriesCount: 1,
    });
    expect(report.naive.messages).toBeGreaterThan(3 * report.messages);
    expect(report.series[0]?.labels).toEqual({ scraper: 'shop', metric: 'scrape' });
    expect(report.series[0]?.alerts).toHaveLength(7);
    expect(report.firingMs).toBeGreaterThan(7 * 45 * MINUTE_MS);
  });

  it.each([
    ['a mean above a level', {}, 'no-data'],
    ['a maximum, with what is missing as bad', { aggregation: 'max', threshold: 1_550 }, 'fire'],
    ['too few events', { aggregation: 'count', operator: '<', threshold: 2 }, 'no-data'],
    ['a percentile with a clear level', { aggregation: 'p95', threshold: 1_400, clearThreshold: 900 }, 'ok'],
  ] as const)('agrees with the engine over the same events: %s', async (_title, condition, missingData) => {
    const rule = { ...thresholdRule('0', tenantId, null, condition), keepFiringMs: STEP_MS, missingData };
    const report = await previewOn(pg.db).preview(tenantId, rule);
    const observer = new ThresholdObserver(measurementWindowsOn(pg.db), NO_SIGNALS, EVALUATION);
    const instants = lastInstants(report, 300);

    const told = (await live(rule, observer, instants)).filter((line) => line.includes('firing'));

    // The engine knows nothing of before its first instant: what had begun by then begins there.
    const [from = 0] = instants;
    const later = told.filter((line) => Date.parse(line.slice(-24)) > from);
    expect(later.length).toBeGreaterThan(0);
    expect(beginsOf(report).filter((line) => Date.parse(line.slice(-24)) > from)).toEqual(later);
  });

  it('agrees with the engine over the same events: anomalies', async () => {
    const rule = { ...anomalyRule('0', tenantId, null), keepFiringMs: STEP_MS };
    const report = await previewOn(pg.db).preview(tenantId, rule);
    const instants = lastInstants(report, 2_016);
    const begins = beginsOf(report);
    // Around each begin, by an instance that takes over just before.
    const told: string[] = [];
    for (const begin of begins) {
      const at = Date.parse(begin.slice(-24));
      const around = instants.filter((instant) => instant >= at - STEP_MS && instant <= at);
      const lines = await live(rule, anomalyObserverOn(pg.db), around);
      told.push(...lines.filter((line) => line === begin));
    }

    expect(begins).toHaveLength(1);
    expect(told).toEqual(begins);
  });

  it('reads by few statements', async () => {
    const counting = countingReads(pg.db);

    await previewOn(counting.db).preview(tenantId, thresholdRule('0', tenantId, null));

    expect(counting.count()).toBeLessThanOrEqual(4);
  });

  it('refuses what has no past, and what is too much', async () => {
    const preview = previewOn(pg.db);
    const own = { from: 'own', signal: 'process_cpu_seconds_total', labels: {} } as const;
    const burn = { kind: 'burn-rate', sloId: '1', longWindowMs: 1, shortWindowMs: 1, factor: 1 } as const;
    const plain = thresholdRule('0', tenantId, 'shop');

    await expect(
      preview.preview(tenantId, thresholdRule('0', tenantId, null, { source: own })),
    ).rejects.toMatchObject({
      code: 'ALERTING_PREVIEW_UNSUPPORTED',
    });
    await expect(preview.preview(tenantId, { ...plain, condition: burn })).rejects.toMatchObject({
      code: 'ALERTING_PREVIEW_UNSUPPORTED',
    });
    const week = thresholdRule('0', tenantId, 'shop', { windowMs: 36 * HOUR_MS, aggregation: 'last' });
    await expect(preview.preview(tenantId, week)).rejects.toMatchObject({
      code: 'ALERTING_PREVIEW_UNSUPPORTED',
    });
    const both = await Promise.allSettled([1, 2, 3].map(() => preview.preview(tenantId, plain)));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });
});

function lastInstants({ to }: { readonly to: string }, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Date.parse(to) - (count - 1 - index) * STEP_MS);
}

function beginsOf({ series }: Awaited<ReturnType<RulePreview['preview']>>): string[] {
  return series
    .flatMap(({ labels, alerts }) =>
      alerts.map(({ startsAt }) => `${labels['scraper'] ?? ''} firing ${startsAt}`),
    )
    .sort();
}
