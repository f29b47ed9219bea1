import { Injectable } from '@nestjs/common';
import {
  type Anomaly,
  ANOMALY_THRESHOLD,
  type Band,
  type Granularity,
  JudgedTimeseries,
  type Measure,
  type SeriesStatistics,
  Statistics,
  type StatisticsRequest,
  type TimeseriesPoint,
} from '../collectors/index.js';
import { DEFAULT_WINDOW, type StatsQuery, type TimeseriesQuery } from './statistics-questions.js';

/** An answer with the window it is about. */
export interface WindowedRows<Row> {
  readonly success: true;
  readonly data: readonly Row[];
  readonly meta: {
    readonly from: Date;
    readonly to: Date;
    readonly granularity?: Granularity;
    readonly judged?: Judged;
  };
}

/** What the judgements of a chart are about. */
interface Judged {
  readonly measure: Measure;
  /** A step whose score reaches it is an anomaly. */
  readonly threshold: number;
  /** Steps before the window that were learned from. */
  readonly stepsBefore: number;
}

/** A step of a chart, with what was asked for beside it. */
export interface ChartPoint extends TimeseriesPoint {
  readonly band?: Band;
  readonly anomaly?: Anomaly | null;
}

/** Answers about a tenant's measurements, in the form the API has. */
@Injectable()
export class StatisticsAnswers {
  constructor(
    private readonly statistics: Statistics,
    private readonly judged: JudgedTimeseries,
  ) {}

  /** A row per source and type; the window is the last day unless asked otherwise. */
  async stats(query: StatsQuery, tenantId: string): Promise<WindowedRows<SeriesStatistics>> {
    const { rows, window } = await this.statistics.stats(toRequest(query, tenantId));
    return { success: true, data: rows, meta: window };
  }

  /** A point per step of `granularity`, all matching series together. */
  async timeseries(query: TimeseriesQuery, tenantId: string): Promise<WindowedRows<ChartPoint>> {
    const { granularity, band, anomalies } = query;
    if (band === 'true' || anomalies === 'true') return this.judgedTimeseries(query, tenantId);
    const { rows, window } = await this.statistics.timeseries(toRequest(query, tenantId), granularity);
    return { success: true, data: rows, meta: { ...window, granularity } };
  }

  private async judgedTimeseries(
    { granularity, measure, ...query }: TimeseriesQuery,
    tenantId: string,
  ): Promise<WindowedRows<ChartPoint>> {
    const { rows, window, stepsBefore } = await this.judged.timeseries(
      toRequest(query, tenantId),
      granularity,
      measure,
    );
    const data = rows.map(({ band, anomaly, ...row }) => ({
      ...row,
      ...(query.band === 'true' && { band }),
      ...(query.anomalies === 'true' && { anomaly }),
    }));
    const judged = { measure, threshold: ANOMALY_THRESHOLD, stepsBefore };
    return { success: true, data, meta: { ...window, granularity, judged } };
  }
}

function toRequest({ scraper, type, timeWindow, from, to }: StatsQuery, tenantId: string): StatisticsRequest {
  const window =
    from === undefined ? { timeWindow: timeWindow ?? DEFAULT_WINDOW } : { from, ...(to && { to }) };
  return {
    tenantId,
    ...(scraper !== undefined && { scraperSource: scraper }),
    ...(type !== undefined && { metricType: type }),
    window,
  };
}
