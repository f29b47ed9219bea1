import { Inject, Injectable } from '@nestjs/common';
import { MOST_SERIES, StepHistory, WARM_UP_POINTS, type WatchedSeries } from '../../collectors/index.js';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import type { Observation } from '../model/alert.js';
import type { Observer, RuleOf } from '../model/observer.js';
import { describeStep, isBad } from './judged-detail.js';
import { type ModelKey, MOST_MODELS } from './model-shelf.js';
import { ModelUpkeep } from './model-upkeep.js';

/** A series whose last event is older than so many steps is gone, unless its rule names it. */
const GONE_AFTER_MS = 7 * 86_400_000;

/** One series of one rule. */
interface Watched {
  readonly rule: RuleOf<'anomaly'>;
  readonly seriesId: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What is asked of a model. */
export type ModelView = Pick<WatchedSeries, 'last' | 'points' | 'lastValueAt'>;

/**
 * Watches series for steps that their past does not let expect. A step is judged once, when late events are there;
 * until the next one is judged, what was said of it holds.
 */
@Injectable()
export class AnomalyObserver implements Observer<'anomaly'> {
  readonly kind = 'anomaly';

  constructor(
    private readonly history: StepHistory,
    private readonly upkeep: ModelUpkeep,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  async observe(
    rules: readonly RuleOf<'anomaly'>[],
    at: Date,
    signal: AbortSignal,
  ): Promise<readonly Observation[]> {
    const patterns = rules.map(({ tenantId, condition: { source } }) => ({ tenantId, ...source }));
    const matches = await this.history.match(patterns, MOST_SERIES + 1);
    const refused: Observation[] = [];
    const watched: Watched[] = [];
    for (const [index, rule] of rules.entries()) {
      const series = matches[index] ?? [];
      if (series.length === 0 && isNamed(rule)) refused.push(unknown(rule));
      if (series.length > MOST_SERIES) refused.push(tooMany(rule));
      // A rule as a whole: an alert for each series of thousands of rules would be a flood of rows.
      else if (watched.length + series.length > MOST_MODELS) refused.push(beyondBounds(rule));
      else watched.push(...series.map((match) => ({ rule, ...watchedOf(match) })));
    }
    const until = new Date(at.getTime() - this.config.eventDelayMs);
    const models = await this.upkeep.refresh(watched.map(keyOf), until, signal);
    const observed = watched.flatMap((each, index) => observationOf(each, models[index], at));
    return [...refused, ...observed];
  }
}

/** Id and labels of a series. */
export function watchedOf({
  id,
  scraperSource,
  metricType,
}: {
  id: number;
  scraperSource: string;
  metricType: string;
}) {
  return { seriesId: id, labels: { scraper: scraperSource, metric: metricType } };
}

function keyOf({ rule: { condition }, seriesId }: Watched): ModelKey {
  const { source, aggregation, stepMs } = condition;
  return { seriesId, stepMs, aggregation, measure: source.measure };
}

/** What is said of one series by its model; nothing when it is gone. */
export function observationOf(
  { rule, labels }: Pick<Watched, 'rule' | 'labels'>,
  model: ModelView | undefined,
  at: Date,
): Observation[] {
  const base = { ruleId: rule.id, labels, value: null, predictedAt: null } as const;
  if (model === undefined)
    return [{ ...base, outcome: 'missing', detail: 'learning: its past is being read' }];
  const isGone = (model.lastValueAt ?? 0) < at.getTime() - GONE_AFTER_MS;
  if (isGone && !isNamed(rule)) return [];
  const { last, points } = model;
  if (last === undefined || last.value === null) {
    return [{ ...base, outcome: 'missing', detail: 'no events in the last step' }];
  }
  if (points <= WARM_UP_POINTS) {
    const detail = `learning: ${points} of ${WARM_UP_POINTS + 1} steps with a value`;
    return [{ ...base, outcome: 'missing', value: last.value, detail }];
  }
  const outcome = isBad(rule.condition, last.judgement) ? 'bad' : 'well';
  return [{ ...base, outcome, value: last.value, detail: describeStep(last) }];
}

/** Whether it names one series. */
export function isNamed({ condition: { source } }: RuleOf<'anomaly'>): boolean {
  return source.scraperSource !== null && source.metricType !== null;
}

function tooMany(rule: RuleOf<'anomaly'>): Observation {
  return failed(rule, `More than ${MOST_SERIES} series match; name a scraper or a metric.`);
}

function beyondBounds(rule: RuleOf<'anomaly'>): Observation {
  return failed(rule, `More than ${MOST_MODELS} series are watched for anomalies; watch fewer.`);
}

/** Of the rule, not of one of its series. */
function failed({ id }: RuleOf<'anomaly'>, detail: string): Observation {
  return { ruleId: id, labels: {}, outcome: 'error', value: null, predictedAt: null, detail };
}

/** Of a series that is named and was never there. */
export function unknown({ id, condition: { source } }: RuleOf<'anomaly'>): Observation {
  return {
    ruleId: id,
    labels: { scraper: source.scraperSource ?? '', metric: source.metricType ?? '' },
    outcome: 'missing',
    value: null,
    predictedAt: null,
    detail: 'no such series yet',
  };
}
