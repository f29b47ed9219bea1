import { nextTurn } from '../../kernel/turn.js';
import { Inject, Injectable } from '@nestjs/common';
import {
  modelBegin,
  StepHistory,
  type StepRequest,
  type StepValue,
  WatchedSeries,
} from '../../collectors/index.js';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import { isNamed, type ModelView, observationOf, unknown, watchedOf } from '../anomaly/anomaly-observer.js';
import type { RuleOf } from '../model/observer.js';
import { PreviewTooLargeError } from './errors.js';
import type { Past } from './replay.js';
import type { PastSeries } from './threshold-past.js';

const MOST_EVENTS = 5_000_000;
/** Steps that models learn, at a microsecond or two each. */
const MOST_STEPS = 500_000;

/** What models would have said of a series, by the begin of the step that was the last one. */
type Said = ReadonlyMap<number, ModelView>;

/** What the observer of anomalies would have said at instants of the past. */
@Injectable()
export class AnomalyPast {
  constructor(
    private readonly history: StepHistory,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  /** @throws PreviewTooLargeError */
  async of(rule: RuleOf<'anomaly'>, series: readonly PastSeries[], instants: readonly Date[]): Promise<Past> {
    const { stepMs } = rule.condition;
    const settled = instants.map((at) => at.getTime() - this.config.eventDelayMs);
    const [first = NaN, last = NaN] = [settled[0], settled.at(-1)];
    const requests = series.map((each) => requestOf(rule, each.id, modelBegin(each.id, stepMs, first)));
    const until = new Date(Math.floor(last / stepMs) * stepMs);
    await this.refuseTooMuch(requests, stepMs, until);
    const values = await this.history.read(requests, stepMs, until);
    const said: Said[] = [];
    for (const [index, request] of requests.entries()) {
      said.push(sayings(request, values[index] ?? [], stepMs, [first, last]));
      await nextTurn();
    }
    const labels = series.map((each) => watchedOf(each).labels);
    return (at, index) => {
      if (series.length === 0) return isNamed(rule) ? [unknown(rule)] : [];
      const step = Math.floor((settled[index] ?? NaN) / stepMs) * stepMs - stepMs;
      return said.flatMap((ofSeries, position) => {
        const watched = { rule, labels: labels[position] ?? {} };
        return observationOf(watched, ofSeries.get(step) ?? NOTHING_YET, at);
      });
    };
  }

  private async refuseTooMuch(requests: readonly StepRequest[], stepMs: number, until: Date): Promise<void> {
    const steps = requests.reduce((sum, { since }) => sum + (until.getTime() - since.getTime()) / stepMs, 0);
    if (steps > MOST_STEPS) throw new PreviewTooLargeError('steps', Math.round(steps), MOST_STEPS);
    const events = (await this.history.eventsOf(requests, stepMs, until)).reduce(
      (sum, count) => sum + count,
      0,
    );
    if (events > MOST_EVENTS) throw new PreviewTooLargeError('events', events, MOST_EVENTS);
  }
}

const NOTHING_YET: ModelView = { last: undefined, points: 0, lastValueAt: undefined };

function requestOf({ condition }: RuleOf<'anomaly'>, seriesId: number, begin: number): StepRequest {
  const { source, aggregation } = condition;
  return { seriesId, since: new Date(begin), measure: source.measure, aggregation };
}

/** Models are made anew now and then: each speaks for the steps of its time. */
function sayings(
  request: StepRequest,
  values: readonly StepValue[],
  stepMs: number,
  [first, last]: readonly [number, number],
): Said {
  const said = new Map<number, ModelView>();
  const firstStep = Math.floor(first / stepMs) * stepMs - stepMs;
  const begins = new Set<number>();
  for (let at = first; at < last + stepMs; at += stepMs) begins.add(modelBegin(request.seriesId, stepMs, at));
  for (const begin of begins) {
    const model = new WatchedSeries(request, stepMs, begin);
    model.learn(values, last, (judged) => {
      const isTime = modelBegin(request.seriesId, stepMs, judged.at + stepMs) === begin;
      if (judged.at < firstStep || !isTime) return;
      said.set(judged.at, { last: judged, points: model.points, lastValueAt: model.lastValueAt });
    });
  }
  return said;
}
