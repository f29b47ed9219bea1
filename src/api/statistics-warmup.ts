import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  CacheWarmer,
  ResponseCacheGate,
  responseItem,
  type WarmupContext,
  type WarmupItem,
} from '../cache/index.js';
import { Clock } from '../kernel/clock.js';
import { Tenants } from '../tenancy/index.js';
import { StatisticsAnswers } from './statistics-answers.js';
import { STATS_CACHING, StatsQuery, TIMESERIES_CACHING, TimeseriesQuery } from './statistics-questions.js';

/** What dashboards ask first, by window: a table of all series, and a chart of them all. */
const QUESTIONS = {
  day: [{ timeWindow: '1d' }, { timeWindow: '1d', granularity: '1h' }],
  week: [{ timeWindow: '7d' }, { timeWindow: '7d', granularity: '1h' }],
  month: [{ timeWindow: '30d' }, { timeWindow: '30d', granularity: '1d' }],
} as const;

const TENANTS_PER_PAGE = 200;
/** The first ones; the others are warmed when somebody of them comes. */
const MOST_TENANTS = 2_000;

/** Registers the statistics that every tenant looks at for warming. */
@Injectable()
export class StatisticsWarmup implements OnModuleInit {
  constructor(
    private readonly warmer: CacheWarmer,
    private readonly answers: StatisticsAnswers,
    private readonly tenants: Tenants,
    private readonly gate: ResponseCacheGate,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const { registry } = this.warmer;
    registry.register({
      name: 'statistics-day',
      strategies: ['CRITICAL_ONLY', 'HIGH_FREQUENCY', 'RECENT_DATA'],
      priority: 100,
      isForLogin: true,
      items: (context) => this.items('day', context),
    });
    registry.register({
      name: 'statistics-week',
      strategies: ['HIGH_FREQUENCY', 'RECENT_DATA'],
      priority: 50,
      items: (context) => this.items('week', context),
    });
    registry.register({
      name: 'statistics-month',
      strategies: [],
      priority: 10,
      items: (context) => this.items('month', context),
    });
  }

  private async items(
    window: keyof typeof QUESTIONS,
    context: WarmupContext,
  ): Promise<readonly WarmupItem[]> {
    const { generation } = this.gate;
    // Nothing is answered from the cache now, so nothing need be in it.
    if (generation === undefined) return [];
    const tenantIds =
      context.tenantId === undefined ? await this.tenantIds(context.signal) : [context.tenantId];
    return tenantIds.flatMap((scope) => this.itemsOf(scope, window, generation));
  }

  private itemsOf(scope: string, window: keyof typeof QUESTIONS, generation: number): readonly WarmupItem[] {
    const [table, chart] = QUESTIONS[window];
    const [stats, timeseries] = [StatsQuery.parse(table), TimeseriesQuery.parse(chart)];
    const now = this.clock.now();
    return [
      responseItem(
        STATS_CACHING,
        { query: stats, scope, generation },
        { now, answer: () => this.answers.stats(stats, scope) },
      ),
      responseItem(
        TIMESERIES_CACHING,
        { query: timeseries, scope, generation },
        { now, answer: () => this.answers.timeseries(timeseries, scope) },
      ),
    ];
  }

  private async tenantIds(signal: AbortSignal): Promise<readonly string[]> {
    const ids: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null && ids.length < MOST_TENANTS && !signal.aborted) {
      const page = await this.tenants.list({ limit: TENANTS_PER_PAGE, ...(cursor && { cursor }) });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    return ids;
  }
}
