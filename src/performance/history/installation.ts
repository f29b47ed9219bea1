import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import type { Summary } from '../sampling/sample.js';
import { History, type IndicatorTrend } from './history.js';
import { HistoryRepository, type InstancePast } from './history.repository.js';
import { RESOLUTIONS } from './resolutions.js';

const MINUTE_MS = 60_000;
const LOOK_EVERY_MS = 15_000;
const FORESEE_EVERY_MS = 5 * MINUTE_MS;
/** Instances store a minute within a quarter of a minute after its end. */
const RECENT_MS = 3 * MINUTE_MS;
const TREND_MINUTES = 360;

/** All instances together, as of the minutes they stored last. */
export interface InstallationSummary {
  /** When this was read; null before the first time, and the database may have been away since. */
  readonly at: Date | null;
  readonly instances: readonly {
    readonly instanceId: string;
    readonly at: Date;
    readonly score: number | null;
  }[];
  /** Mean, least, greatest, samples of the last minutes, of all instances together. */
  readonly recent: Readonly<Record<string, Summary>>;
  /** Where indicators went in the last six hours, surely no chance; those that reach their limit soonest come first. */
  readonly trends: readonly IndicatorTrend[];
}

/** Keeps in mind what the other instances stored, so that a summary waits for no database. */
@Injectable()
export class Installation implements OnModuleInit {
  private summary: InstallationSummary = { at: null, instances: [], recent: {}, trends: [] };

  constructor(
    private readonly repository: HistoryRepository,
    private readonly history: History,
    private readonly jobs: BackgroundJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'performance-installation',
      everyMs: LOOK_EVERY_MS,
      run: () => this.look(),
    });
    this.jobs.register({
      name: 'performance-trends',
      everyMs: FORESEE_EVERY_MS,
      run: () => this.foresee(),
    });
  }

  /** As of the last look; the same object until the next one. */
  latest(): InstallationSummary {
    return this.summary;
  }

  /** @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async look(): Promise<void> {
    const [resolution] = RESOLUTIONS;
    if (resolution === undefined) return;
    const to = this.clock.now();
    const from = new Date(to.getTime() - RECENT_MS);
    const pasts = await this.repository.byInstance({ from, to, resolution, instanceId: undefined });
    this.summary = {
      ...this.summary,
      at: to,
      instances: pasts.map(({ instanceId, to: at, series }) => ({
        instanceId,
        at,
        score: series['overall.score']?.[0] ?? null,
      })),
      recent: together(pasts),
    };
  }

  /** @throws DatabaseUnavailableError DATABASE_UNAVAILABLE */
  async foresee(): Promise<void> {
    const { trends } = await this.history.report({ durationMinutes: TREND_MINUTES });
    const soonest = trends.toSorted(
      (a, b) => (a.hoursToLimit ?? Infinity) - (b.hoursToLimit ?? Infinity) || 0,
    );
    this.summary = { ...this.summary, trends: soonest };
  }
}

function together(pasts: readonly InstancePast[]): Record<string, Summary> {
  const names = new Set(pasts.flatMap(({ series }) => Object.keys(series)));
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const parts = pasts.flatMap(({ series }) => (series[name] === undefined ? [] : [series[name]]));
      const samples = parts.reduce((sum, [, , , count]) => sum + count, 0);
      const mean = parts.reduce((sum, [one, , , count]) => sum + one * count, 0) / samples;
      const least = Math.min(...parts.map((part) => part[1]));
      const greatest = Math.max(...parts.map((part) => part[2]));
      return [name, [mean, least, greatest, samples]];
    }),
  );
}
