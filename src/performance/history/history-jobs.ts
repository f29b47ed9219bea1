import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { Sampler } from '../sampling/sampler.js';
import { HistoryPartitionRepository } from './history-partitions.repository.js';
import { HistoryRepository } from './history.repository.js';
import { type Resolution, RESOLUTIONS } from './resolutions.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const STORE_EVERY_MS = 15_000;
const ROLL_UP_EVERY_MS = 5 * MINUTE_MS;
const PARTITIONS_EVERY_MS = 6 * 3_600_000;
/** Partitions are made this far ahead, so that days without the job lose nothing. */
const AHEAD_DAYS = 14;
/** Instances tell up to two hours late; coarser points are made anew until then. */
const LATE_MS = 3 * 3_600_000;

/** What the jobs do. */
@Injectable()
export class HistorySteps {
  constructor(
    private readonly history: HistoryRepository,
    private readonly partitions: HistoryPartitionRepository,
    private readonly sampler: Sampler,
    private readonly clock: Clock,
  ) {}

  /** Stores minutes that have ended. */
  async store(): Promise<void> {
    const points = this.sampler.ended();
    const [minute] = RESOLUTIONS;
    if (points.length === 0 || minute === undefined) return;
    await this.history.store(points, minute.keptDays);
    this.sampler.forget(points);
  }

  /** Makes the coarser points of the last hours. */
  async rollUp(): Promise<void> {
    const now = this.clock.now().getTime();
    for (const [index, coarser] of RESOLUTIONS.entries()) {
      const finer = RESOLUTIONS[index - 1];
      if (finer !== undefined) await this.rollUpTo(coarser, finer, now);
    }
  }

  /** Whatever is sampled within the next weeks finds its place; what has expired goes. */
  keepPartitions(): Promise<void> {
    const now = this.clock.now().getTime();
    const furthest = Math.max(...RESOLUTIONS.map(({ keptDays }) => keptDays)) + AHEAD_DAYS;
    return this.partitions.ensure(new Date(now), new Date(now + furthest * DAY_MS));
  }

  private rollUpTo(coarser: Resolution, finer: Resolution, now: number): Promise<void> {
    const stepMs = coarser.minutes * MINUTE_MS;
    const from = new Date(Math.floor((now - LATE_MS) / stepMs) * stepMs);
    return this.history.rollUp(finer, coarser, { from, to: new Date(now) });
  }
}

/** Stores the minutes of this instance; on one instance, adds them up and keeps the partitions. */
@Injectable()
export class HistoryJobs implements OnModuleInit {
  constructor(
    private readonly jobs: BackgroundJobs,
    private readonly steps: HistorySteps,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.steps.keepPartitions();
    this.jobs.register({
      name: 'performance-history',
      everyMs: STORE_EVERY_MS,
      run: () => this.steps.store(),
    });
    this.jobs.register({
      name: 'performance-rollup',
      everyMs: ROLL_UP_EVERY_MS,
      isLeaderOnly: true,
      run: () => this.steps.rollUp(),
    });
    this.jobs.register({
      name: 'performance-partitions',
      everyMs: PARTITIONS_EVERY_MS,
      isLeaderOnly: true,
      run: () => this.steps.keepPartitions(),
    });
  }
}
