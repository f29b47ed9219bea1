import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { UpkeepRepository } from './upkeep.repository.js';

const HOUR_MS = 3_600_000;
/** What was deleted can be had back for so long; operations are kept as long. */
const KEPT_MS = 30 * 24 * HOUR_MS;
/** Of each person in each layout, whatever their age: a hundred steps back, and the hundred that took them back. */
const KEPT_OPERATIONS = 200;
/** A layout goes with all that is in it: few at once keep statements short. */
const LAYOUTS_AT_ONCE = 10;
const ROWS_AT_ONCE = 2_000;
const LAYOUTS_OF_A_PAGE = 100;

/** Removes what was deleted long ago. Each step is tried although another one failed. */
@Injectable()
export class DashboardsUpkeep implements OnModuleInit {
  constructor(
    private readonly jobs: BackgroundJobs,
    private readonly rows: UpkeepRepository,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'dashboards-cleanup',
      everyMs: HOUR_MS,
      isLeaderOnly: true,
      run: (signal) => this.run(signal),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const before = new Date(this.clock.now().getTime() - KEPT_MS);
    const steps = [
      () => this.repeat(signal, ROWS_AT_ONCE, (limit) => this.rows.removeRegions(before, limit)),
      () => this.removeLayouts(signal, before),
      () => this.repeat(signal, ROWS_AT_ONCE, (limit) => this.rows.removeDashboards(before, limit)),
      () => this.removeOperations(signal, before),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** Their operations first, and before them the regions deleted in them: one layout can have any number of both. */
  private async removeLayouts(signal: AbortSignal, before: Date): Promise<void> {
    await this.repeat(signal, ROWS_AT_ONCE, (limit) => this.rows.removeHistories(before, limit));
    await this.repeat(signal, LAYOUTS_AT_ONCE, (limit) => this.rows.removeLayouts(before, limit));
  }

  private async repeat(
    signal: AbortSignal,
    limit: number,
    remove: (limit: number) => Promise<number>,
  ): Promise<void> {
    while (!signal.aborted && (await remove(limit)) === limit);
  }

  private async removeOperations(signal: AbortSignal, before: Date): Promise<void> {
    let afterId: string | undefined = '0';
    while (afterId !== undefined && !signal.aborted) afterId = await this.removePage(signal, before, afterId);
  }

  /** Returns the last layout that was looked at; undefined at the end. */
  private async removePage(signal: AbortSignal, before: Date, afterId: string): Promise<string | undefined> {
    const page = { afterId, kept: KEPT_OPERATIONS, limit: LAYOUTS_OF_A_PAGE };
    const layoutIds = await this.rows.longLayouts(before, page);
    for (const layoutId of layoutIds)
      await this.repeat(signal, ROWS_AT_ONCE, (limit) =>
        this.rows.removeOperations(layoutId, { before, kept: KEPT_OPERATIONS, limit }),
      );
    return layoutIds.at(-1);
  }
}
