import { Inject, Injectable } from '@nestjs/common';
import {
  type Measurement,
  type MeasurementRequest,
  MeasurementWindows,
  MOST_SERIES,
} from '../../collectors/index.js';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import type { Observation } from '../model/alert.js';
import type { CollectorSource, ThresholdCondition } from '../model/condition.js';
import type { Observer, RuleOf } from '../model/observer.js';
import { ReportedSignals } from '../signals/reported-signals.js';
import { judge } from './judge.js';
import { detailOf } from './wording.js';

/** A rule about collectors' events. */
export type EventsRule = RuleOf<'threshold'> & { readonly condition: { readonly source: CollectorSource } };

/** Rules that one statement looks at; more of them take several, so that memory is bounded. */
const RULES_PER_SET = 5_000;

const NOTHING: Measurement = { series: [], isCut: false };

/** Compares what collectors measured, and what instances measure of themselves, with levels. */
@Injectable()
export class ThresholdObserver implements Observer<'threshold'> {
  readonly kind = 'threshold';

  constructor(
    private readonly windows: MeasurementWindows,
    private readonly signals: ReportedSignals,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  async observe(
    rules: readonly RuleOf<'threshold'>[],
    at: Date,
    signal: AbortSignal,
  ): Promise<readonly Observation[]> {
    const ofEvents = rules.filter(isOfEvents);
    const observations = await this.signals.observe(
      rules.filter((rule) => !isOfEvents(rule)),
      at,
    );
    for (let start = 0; start < ofEvents.length && !signal.aborted; start += RULES_PER_SET) {
      const group = ofEvents.slice(start, start + RULES_PER_SET);
      const requests = group.map((rule) => this.requestOf(rule));
      const measured = await this.windows.windowsAt(requests, at);
      for (const [index, rule] of group.entries()) {
        for (const observation of seenOf(rule, measured[index])) observations.push(observation);
      }
    }
    return observations;
  }

  private requestOf({ tenantId, condition }: EventsRule): MeasurementRequest {
    const { source, aggregation, windowMs } = condition;
    const { scraperSource, metricType, measure } = source;
    const delayMs = mistakesLateForMissing(condition) ? this.config.eventDelayMs : 0;
    return { tenantId, scraperSource, metricType, measure, aggregation, windowMs, delayMs };
  }
}

/** Sums and counts only grow as late events come in: below a level they are bad until the last one is there. */
export function mistakesLateForMissing({ aggregation, operator }: ThresholdCondition): boolean {
  return (aggregation === 'count' || aggregation === 'sum') && operator !== '>' && operator !== '>=';
}

function isOfEvents(rule: RuleOf<'threshold'>): rule is EventsRule {
  return rule.condition.source.from === 'collector';
}

function seenOf(rule: EventsRule, { series, isCut }: Measurement = NOTHING): Observation[] {
  if (!isCut) return observationsOf(rule, series);
  const said = tooMany(rule, series.length);
  return series.length === 0 ? [said] : [said, ...observationsOf(rule, series)];
}

/** What is said of each series of a rule. */
export function observationsOf(
  rule: EventsRule,
  series: readonly {
    readonly scraperSource: string;
    readonly metricType: string;
    readonly value: number | null;
  }[],
): Observation[] {
  if (series.length === 0) return unknownSeries(rule);
  return series.map(({ scraperSource, metricType, value }) => ({
    ruleId: rule.id,
    labels: { scraper: scraperSource, metric: metricType },
    outcome: judge(value, rule.condition),
    value,
    predictedAt: null,
    detail: detailOf(value, rule.condition),
  }));
}

/** What a rule names and nobody ever sent: a count of it is 0, everything else is missing. */
function unknownSeries({ id, condition }: EventsRule): Observation[] {
  const { scraperSource, metricType } = condition.source;
  const labels = {
    ...(scraperSource !== null && { scraper: scraperSource }),
    ...(metricType !== null && { metric: metricType }),
  };
  if (Object.keys(labels).length === 0) return [];
  const isCounted = condition.aggregation === 'count' || condition.aggregation === 'sum';
  const value = isCounted ? 0 : null;
  const detail = 'no such events have ever come';
  return [{ ruleId: id, labels, outcome: judge(value, condition), value, predictedAt: null, detail }];
}

/** What is watched goes on being watched; that the rest is not must be seen. */
function tooMany({ id }: EventsRule, watched: number): Observation {
  const detail =
    watched === 0
      ? 'too many series match, of this rule or of all rules; none is watched: name a scraper or a metric'
      : `more than ${MOST_SERIES} series match; only the ${watched} oldest are watched: name a scraper or a metric`;
  return { ruleId: id, labels: {}, outcome: 'error', value: null, predictedAt: null, detail };
}
