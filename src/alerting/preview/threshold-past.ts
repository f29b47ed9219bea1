import { Inject, Injectable } from '@nestjs/common';
import { type MeasurementRequest, MeasurementReplay, StepHistory } from '../../collectors/index.js';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import { type EventsRule, mistakesLateForMissing, observationsOf } from '../evaluation/threshold-observer.js';
import { PreviewTooLargeError, PreviewUnsupportedError } from './errors.js';
import type { Past } from './replay.js';

const HOUR_MS = 3_600_000;
/** A series without events for so long is not expected any more, as live. */
const ACTIVE_MS = 7 * 24 * HOUR_MS;
/** Windows that are read, at some ten microseconds each, and events in them. */
const MOST_WINDOWS = 200_000;
const MOST_EVENTS = 5_000_000;

/** A series as it is matched. */
export interface PastSeries {
  readonly id: number;
  readonly scraperSource: string;
  readonly metricType: string;
}

/** What the observer of thresholds would have said at instants of the past. */
@Injectable()
export class ThresholdPast {
  constructor(
    private readonly measurements: MeasurementReplay,
    private readonly history: StepHistory,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  /** @throws PreviewTooLargeError, PreviewUnsupportedError */
  async of(rule: EventsRule, series: readonly PastSeries[], instants: readonly Date[]): Promise<Past> {
    const request = this.requestOf(rule);
    if (!this.measurements.canAnswer(request)) {
      throw new PreviewUnsupportedError(`${request.aggregation} over more than a day`);
    }
    await this.refuseTooMuch(request, series, instants);
    const ids = series.map(({ id }) => id);
    const measured = await this.measurements.windowsAtEach(request, ids, instants);
    const isNamed = request.scraperSource !== null && request.metricType !== null;
    const active = isNamed ? [] : await this.eventHours(series, instants);
    return (at, index) => {
      const expected = series.flatMap(({ scraperSource, metricType }, position) => {
        const { values = [], hasEvents = [] } = measured[position] ?? {};
        const isExpected = isNamed || hasEvents[index] === true || isActive(active[position] ?? [], at);
        return isExpected ? [{ scraperSource, metricType, value: values[index] ?? null }] : [];
      });
      // Live, a pattern that matches nothing has nothing to say; one that matches what is silent neither.
      return expected.length === 0 && series.length > 0 ? [] : observationsOf(rule, expected);
    };
  }

  private requestOf({ tenantId, condition }: EventsRule): MeasurementRequest {
    const { source, aggregation, windowMs } = condition;
    const delayMs = mistakesLateForMissing(condition) ? this.config.eventDelayMs : 0;
    const { scraperSource, metricType, measure } = source;
    return { tenantId, scraperSource, metricType, measure, aggregation, windowMs, delayMs };
  }

  private async refuseTooMuch(
    { windowMs }: MeasurementRequest,
    series: readonly PastSeries[],
    instants: readonly Date[],
  ): Promise<void> {
    const windows = series.length * instants.length;
    if (windows > MOST_WINDOWS) throw new PreviewTooLargeError('windows', windows, MOST_WINDOWS);
    const [from, to] = endsOf(instants);
    const requests = series.map(({ id }) => countsOf(id, new Date(from.getTime() - windowMs)));
    const events = (await this.history.eventsOf(requests, HOUR_MS, to)).reduce(
      (sum, count) => sum + count,
      0,
    );
    // Each event is read in every window that holds it; above two hours rollups are read instead.
    const overlap = windowMs > 2 * HOUR_MS ? 1 : Math.max(1, windowMs / stepOf(instants));
    const read = Math.round(events * overlap);
    if (read > MOST_EVENTS) throw new PreviewTooLargeError('events', read, MOST_EVENTS);
  }

  /** Hours in which each series had events, ascending. */
  private async eventHours(series: readonly PastSeries[], instants: readonly Date[]): Promise<number[][]> {
    const [from, to] = endsOf(instants);
    const since = new Date(Math.floor((from.getTime() - ACTIVE_MS) / HOUR_MS) * HOUR_MS);
    const until = new Date(Math.ceil(to.getTime() / HOUR_MS) * HOUR_MS);
    const requests = series.map(({ id }) => countsOf(id, since));
    const hours = await this.history.read(requests, HOUR_MS, until);
    return hours.map((steps) => steps.map(({ at }) => at.getTime()));
  }
}

function countsOf(seriesId: number, since: Date) {
  return { seriesId, since, measure: 'durationMs', aggregation: 'count' } as const;
}

function isActive(hours: readonly number[], at: Date): boolean {
  const last = hours.findLast((hour) => hour < at.getTime());
  return last !== undefined && last >= at.getTime() - ACTIVE_MS;
}

function endsOf(instants: readonly Date[]): [Date, Date] {
  return [instants[0] ?? new Date(NaN), instants.at(-1) ?? new Date(NaN)];
}

function stepOf([first, second]: readonly Date[]): number {
  return (second?.getTime() ?? NaN) - (first?.getTime() ?? NaN);
}
