import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import type { NullableCell } from '../rollups/cell.repository.js';
import { InvalidWindowError } from '../errors.js';
import { RawHorizon } from '../rollups/raw-horizon.js';
import { ceilTo, DAY_MS, floorTo, HOUR_MS } from '../time.js';
import { GRANULARITIES, type Granularity } from './granularity.js';
import { type SeriesFilter, StatisticsRepository } from './statistics.repository.js';
import { CellTotal, EMPTY_SUMMARY, type Summary } from './summary.js';
import { planTiers, type Span } from './tier-plan.js';
import { type KeptFrom, resolveWindow, type WindowRequest } from './window.js';

/** Series one statement answers: the sketches of a long window are some 10 kB a series, sent as text. */
const SERIES_PER_STATEMENT = 500;

/** Cells one statement merges for a chart, a kB each at most. */
const CELLS_PER_STATEMENT = 60_000;

/** Events a chart below the hour may read: about two seconds of PostgreSQL. */
const MAX_RAW_EVENTS = 1_000_000;

/** What is read of the time before a chart, for whoever learns from it, costs no more than these. */
const CELLS_BEFORE = 200_000;
const EVENTS_BEFORE = 300_000;

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
    private readonly horizon: RawHorizon,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /**
   * One row per series that matches, by source and type; a series without events in the window has count 0
   * and nulls, and so has a name that is asked for and unknown. Percentiles are within 1 %.
   * @throws InvalidWindowError COLLECTORS_WINDOW_INVALID
   */
  async stats({ window: request, ...filter }: StatisticsRequest): Promise<Answer<SeriesStatistics>> {
    const window = resolveWindow(request, this.clock.now(), this.keptFrom());
    const plan = planTiers(window, 'daily');
    const { tenantId, scraperSource, metricType } = filter;
    if (scraperSource !== undefined && metricType !== undefined) {
      const cell = await this.repository.whole({
        series: { tenantId, scraperSource, metricType },
        window,
        plan,
      });
      return { rows: [{ scraperSource, metricType, ...summarise(cell) }], window };
    }
    const rows: SeriesStatistics[] = [];
    const series = await this.repository.series(filter);
    for (const ids of batchesOf(
      series.map(({ id }) => id),
      SERIES_PER_STATEMENT,
    )) {
      const cells = await this.repository.bySeries({ series: { ids }, window, plan });
      for (const cell of cells) {
        rows.push({ scraperSource: cell.scraperSource, metricType: cell.metricType, ...summarise(cell) });
      }
    }
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
    const { stepMs, coarsest } = GRANULARITIES[granularity];
    const window = resolveWindow(request, this.clock.now(), this.keptFrom(), granularity);
    const ids = await this.idsOf(filter);
    if (coarsest === 'raw') await this.refuseTooManyEvents(ids, window);
    const totals = await this.totalsOf(ids, granularity, window);
    // A window may reach into the future, for collectors whose clock is ahead; empty steps there say nothing.
    const lastAt = Math.max(this.clock.now().getTime(), ...totals.keys());
    const to = new Date(Math.min(window.to.getTime(), lastAt + 1));
    return { rows: pointsOf(totals, stepMs, { from: window.from, to }), window };
  }

  /**
   * The whole steps before an instant, oldest first and without gaps: as many as are asked for, or fewer when they
   * are no longer kept, or when reading them would cost more than some hundred milliseconds.
   */
  async stepsBefore(
    filter: SeriesFilter,
    granularity: Granularity,
    { before, steps }: { readonly before: Date; readonly steps: number },
  ): Promise<TimeseriesPoint[]> {
    const { stepMs, coarsest } = GRANULARITIES[granularity];
    const ids = await this.idsOf(filter);
    const to = floorTo(before, stepMs);
    const affordable = Math.min(steps, Math.floor(CELLS_BEFORE / Math.max(1, ids.length)));
    const kept = ceilTo(this.keptFrom()[coarsest], stepMs);
    let from = new Date(Math.max(to.getTime() - affordable * stepMs, kept.getTime()));
    while (
      from < to &&
      coarsest === 'raw' &&
      (await this.repository.countEvents(ids, { from, to })) > EVENTS_BEFORE
    ) {
      from = ceilTo(new Date((from.getTime() + to.getTime()) / 2 + 1), stepMs);
    }
    if (from >= to) return [];
    return pointsOf(await this.totalsOf(ids, granularity, { from, to }), stepMs, { from, to });
  }

  private async idsOf(filter: SeriesFilter): Promise<number[]> {
    return (await this.repository.series(filter)).map(({ id }) => id);
  }

  /** What happened in each step that has events. */
  private async totalsOf(
    ids: readonly number[],
    granularity: Granularity,
    window: Span,
  ): Promise<Map<number, CellTotal>> {
    const { stepMs, interval, coarsest } = GRANULARITIES[granularity];
    const plan = planTiers(window, coarsest);
    const steps = Math.ceil((window.to.getTime() - window.from.getTime()) / Math.max(stepMs, HOUR_MS));
    const totals = new Map<number, CellTotal>();
    for (const batch of batchesOf(ids, Math.max(1, Math.floor(CELLS_PER_STATEMENT / steps)))) {
      for (const cell of await this.repository.bySteps({ series: { ids: batch }, window, plan }, interval)) {
        const total = totals.get(cell.at.getTime()) ?? new CellTotal();
        totals.set(cell.at.getTime(), total.add(cell));
      }
    }
    return totals;
  }

  private keptFrom(): KeptFrom {
    const daysAgo = (days: number): Date => new Date(this.clock.now().getTime() - days * DAY_MS);
    return {
      raw: this.horizon.earliest(),
      hourly: daysAgo(this.config.hourlyRetentionDays),
      daily: daysAgo(this.config.dailyRetentionDays),
    };
  }

  /** A chart of steps below the hour reads every event of its window: refused when that would take seconds. */
  private async refuseTooManyEvents(ids: readonly number[], window: Span): Promise<void> {
    const events = await this.repository.countEvents(ids, window);
    if (events <= MAX_RAW_EVENTS) return;
    throw new InvalidWindowError(
      'granularity',
      `would read ${events} events, more than ${MAX_RAW_EVENTS}; name scraper and type, or take 1h or a shorter window`,
    );
  }
}

/** What passes through memory at once is bounded by the size of a batch. */
function batchesOf(ids: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, (index + 1) * size),
  );
}

/** A point per step that begins before the end, with or without events. */
function pointsOf(
  totals: ReadonlyMap<number, CellTotal>,
  stepMs: number,
  { from, to }: Span,
): TimeseriesPoint[] {
  const rows: TimeseriesPoint[] = [];
  for (let at = floorTo(from, stepMs).getTime(); at < to.getTime(); at += stepMs) {
    rows.push({ timestamp: new Date(at), ...(totals.get(at)?.summary() ?? EMPTY_SUMMARY) });
  }
  return rows;
}

function summarise(cell: NullableCell | undefined): Summary {
  return cell === undefined ? EMPTY_SUMMARY : new CellTotal().add(cell).summary();
}

function unknownSeries({ scraperSource, metricType }: SeriesFilter): SeriesStatistics[] {
  if (scraperSource === undefined && metricType === undefined) return [];
  return [{ scraperSource: scraperSource ?? null, metricType: metricType ?? null, ...EMPTY_SUMMARY }];
}
