import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { type HealthIndicator, HealthIndicators } from '../../platform/health/index.js';
import { shownValue } from '../health/shown-value.js';
import type { Summary } from '../sampling/sample.js';
import { HistoryRepository, type HistoryStep, type InstancePast } from './history.repository.js';
import { resolutionFor, stepFor } from './resolutions.js';
import { hoursTo, type Place, type Trend, trendOf } from './trend.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What is asked. */
export interface HistoryQuestion {
  readonly durationMinutes: number;
  /** Default: as fine as there is, in at most 1,500 steps. */
  readonly stepMinutes?: number;
  /** Default: all instances together. */
  readonly instanceId?: string;
}

/** One value a step; null where there is none. */
export interface HistorySeries {
  readonly mean: readonly (number | null)[];
  readonly least: readonly (number | null)[];
  readonly greatest: readonly (number | null)[];
}

/** Where an indicator goes, if it goes anywhere. */
export interface IndicatorTrend {
  readonly series: string;
  readonly slopePerHour: number;
  readonly level: number;
  /** Where there is no more, or where it is fully bad; and when it gets there if nothing changes, null when it does not. */
  readonly limit: number;
  readonly hoursToLimit: number | null;
  readonly message: string;
}

/** The past of this installation. */
export interface HistoryReport {
  readonly from: Date;
  readonly to: Date;
  readonly stepMinutes: number;
  /** How finely the past is kept that far back. */
  readonly resolutionMinutes: number;
  /** Most instances that told of one step. */
  readonly instances: number;
  /** Each instance over the whole time (mean, least, greatest, samples), the ones told of last first, fifty at most. */
  readonly byInstance: readonly InstancePast[];
  /** Begin of each step of which something is known. */
  readonly at: readonly Date[];
  readonly series: Readonly<Record<string, HistorySeries>>;
  /** Those that are significant: surely no chance, in 99 of 100 cases. */
  readonly trends: readonly IndicatorTrend[];
}

/** What instances noted in the past, and where it goes. */
@Injectable()
export class History {
  constructor(
    private readonly steps: HistoryRepository,
    private readonly indicators: HealthIndicators,
    private readonly clock: Clock,
  ) {}

  /** @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async report({ durationMinutes, stepMinutes: asked, instanceId }: HistoryQuestion): Promise<HistoryReport> {
    const resolution = resolutionFor(durationMinutes, asked);
    const stepMinutes = stepFor(durationMinutes, asked, resolution);
    const stepMs = stepMinutes * MINUTE_MS;
    const now = this.clock.now().getTime();
    const to = new Date(now);
    const from = new Date(Math.floor((now - durationMinutes * MINUTE_MS) / stepMs) * stepMs);
    const range = { from, to, resolution, instanceId };
    const [steps, byInstance] = await Promise.all([
      this.steps.steps({ ...range, stepMinutes }),
      this.steps.byInstance(range),
    ]);
    return {
      from,
      to,
      stepMinutes,
      resolutionMinutes: resolution.minutes,
      instances: Math.max(0, ...steps.map(({ instances }) => instances)),
      byInstance,
      at: steps.map(({ at }) => at),
      series: seriesOf(steps),
      trends: this.trendsOf(steps),
    };
  }

  private trendsOf(steps: readonly HistoryStep[]): IndicatorTrend[] {
    return this.indicators.all().flatMap((indicator) => {
      const series = `${indicator.component}.${indicator.name}`;
      const trend = trendOf(placesOf(steps, series));
      return trend?.isSignificant === true ? [indicatorTrend(indicator, series, trend)] : [];
    });
  }
}

function indicatorTrend(
  { title, unit, knots, limit = knots.bad }: HealthIndicator,
  series: string,
  trend: Trend,
): IndicatorTrend {
  const { slopePerHour, level } = trend;
  const hoursToLimit = hoursTo(limit, trend);
  const way = `${title} ${slopePerHour > 0 ? 'rises' : 'falls'} by ${shownValue(Math.abs(slopePerHour), unit)} an hour`;
  const end =
    hoursToLimit === null ? '' : ` and is at ${shownValue(limit, unit)} in about ${spoken(hoursToLimit)}`;
  return { series, slopePerHour, level, limit, hoursToLimit, message: `${way}${end}.` };
}

function placesOf(steps: readonly HistoryStep[], name: string): Place[] {
  return steps.flatMap(({ at, series }) => {
    const mean = series[name]?.[0];
    return mean === undefined ? [] : [[at.getTime() / HOUR_MS, mean] as const];
  });
}

function seriesOf(steps: readonly HistoryStep[]): Record<string, HistorySeries> {
  const names = new Set(steps.flatMap(({ series }) => Object.keys(series)));
  const column = (name: string, of: (summary: Summary) => number): (number | null)[] =>
    steps.map(({ series }) => {
      const summary = series[name];
      return summary === undefined ? null : of(summary);
    });
  return Object.fromEntries(
    [...names].sort().map((name) => [
      name,
      {
        mean: column(name, ([mean]) => mean),
        least: column(name, ([, least]) => least),
        greatest: column(name, ([, , greatest]) => greatest),
      },
    ]),
  );
}

function spoken(hours: number): string {
  if (hours < 1) return `${Math.max(1, Math.round(hours * 60))} min`;
  return hours < 72 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
