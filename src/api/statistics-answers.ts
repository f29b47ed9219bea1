import { Injectable } from '@nestjs/common';
import {
  type Granularity,
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
  readonly meta: { readonly from: Date; readonly to: Date; readonly granularity?: Granularity };
}

/** Answers about a tenant's measurements, in the form the API has. */
@Injectable()
export class StatisticsAnswers {
  constructor(private readonly statistics: Statistics) {}

  /** A row per source and type; the window is the last day unless asked otherwise. */
  async stats(query: StatsQuery, tenantId: string): Promise<WindowedRows<SeriesStatistics>> {
    const { rows, window } = await this.statistics.stats(toRequest(query, tenantId));
    return { success: true, data: rows, meta: window };
  }

  /** A point per step of `granularity`, all matching series together. */
  async timeseries(
    { granularity, ...query }: TimeseriesQuery,
    tenantId: string,
  ): Promise<WindowedRows<TimeseriesPoint>> {
    const { rows, window } = await this.statistics.timeseries(toRequest(query, tenantId), granularity);
    return { success: true, data: rows, meta: { ...window, granularity } };
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
