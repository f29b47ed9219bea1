import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { floorTo } from '../time.js';
import { GRANULARITIES, type Granularity } from './granularity.js';
import { StatisticsRepository } from './statistics.repository.js';
import { EMPTY_SUMMARY, summarise, type Summary } from './summary.js';
import { planTiers, type Span } from './tier-plan.js';
import type { SeriesFilter } from './tier-sql.repository.js';
import { resolveWindow, type WindowRequest } from './window.js';

/** A question about a tenant's events. */
export interface StatisticsRequest extends SeriesFilter {
  readonly window: WindowRequest;
}

/** Statistics of one series; a name is null only when it was not asked for and nothing matched. */
export interface SeriesStatistics extends Summary {
  readonly scraperSource: string | null;
  readonly metricType: string | null;
}

/** Statistics of one step of a chart. */
export interface TimeseriesPoint extends Summary {
  /** Start of the step, UTC. */
  readonly timestamp: Date;
}

/** An answer with the window it is about: [from, to). */
export interface Answer<T> {
  readonly rows: T[];
  readonly window: Span;
}

/** Answers questions about collector events from the rollups, exact to the last committed event. */
@Injectable()
export class Statistics {
  constructor(
    private readonly repository: StatisticsRepository,
    private readonly clock: Clock,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /**
   * One row per series that matches, by source and type; a series without events in the window has count 0
   * and nulls, and so has a name that is asked for and unknown. Percentiles are within 1 %.
   * @throws InvalidWindowError COLLECTORS_WINDOW_INVALID
   */
  async stats({ window: request, ...filter }: StatisticsRequest): Promise<Answer<SeriesStatistics>> {
    const window = resolveWindow(request, this.clock.now(), this.config);
    const plan = planTiers(window, 'daily');
    const cells = await this.repository.bySeries({ filter, window, plan });
    const rows = cells.map(({ scraperSource, metricType, ...cell }) => ({
      scraperSource,
      metricType,
      ...summarise(cell),
    }));
    return { rows: rows.length > 0 ? rows : unknownSeries(filter), window };
  }

  /**
   * All matching series together, a point per step, oldest first and without gaps: steps without events have
   * count 0 and nulls. Steps are UTC. The first and the last one may be cut by the window.
   * @throws InvalidWindowError COLLECTORS_WINDOW_INVALID
   */
  async timeseries(
    { window: request, ...filter }: StatisticsRequest,
    granularity: Granularity,
  ): Promise<Answer<TimeseriesPoint>> {
    const { stepMs, interval, coarsest } = GRANULARITIES[granularity];
    const window = resolveWindow(request, this.clock.now(), this.config, granularity);
    const plan = planTiers(window, coarsest);
    const cells = await this.repository.bySteps({ filter, window, plan }, interval);
    const found = new Map(cells.map(({ at, ...cell }) => [at.getTime(), summarise(cell)]));
    // A window may reach into the future, for collectors whose clock is ahead; empty steps there say nothing.
    const lastAt = Math.max(this.clock.now().getTime(), cells.at(-1)?.at.getTime() ?? 0);
    const rows: TimeseriesPoint[] = [];
    for (
      let at = floorTo(window.from, stepMs).getTime();
      at < window.to.getTime() && at <= lastAt;
      at += stepMs
    ) {
      rows.push({ timestamp: new Date(at), ...(found.get(at) ?? EMPTY_SUMMARY) });
    }
    return { rows, window };
  }
}

function unknownSeries({ scraperSource, metricType }: SeriesFilter): SeriesStatistics[] {
  if (scraperSource === undefined && metricType === undefined) return [];
  return [{ scraperSource: scraperSource ?? null, metricType: metricType ?? null, ...EMPTY_SUMMARY }];
}
