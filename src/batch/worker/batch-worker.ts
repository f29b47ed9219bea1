import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { BATCH_CONFIG, type BatchConfig } from '../../config/index.js';
import type { Timer } from '../../kernel/clock.js';
import { Notifications } from '../../platform/database/index.js';
import { JobQueue } from '../queue/job-queue.js';
import { PartitionRunner } from './partition-runner.js';
import { WorkerSurroundings } from './worker-surroundings.js';

/** How often a worker looks for work though nobody told it of any: for partitions of dead workers, and lost hints. */
const LOOK_MS = 1_000;

/** The workers of this instance: each takes a partition at a time, from the jobs of all tenants. */
@Injectable()
export class BatchWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private timer: Timer | undefined;
  private isLooking = false;
  private isHinted = false;
  private started = 0;

  constructor(
    @Inject(BATCH_CONFIG) private readonly config: BatchConfig,
    private readonly queue: JobQueue,
    private readonly runner: PartitionRunner,
    private readonly notifications: Notifications,
    private readonly around: WorkerSurroundings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.workers === 0) return;
    this.notifications.listen('batch_work', () => this.look());
    this.look();
  }

  /** Ends after the chunks under way; what is left is for other instances, at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.timer?.cancel();
    await Promise.all(this.running);
  }

  /** Takes what there is, as far as there are workers. */
  private look(): void {
    this.isHinted = true;
    if (this.isLooking || this.stopping.signal.aborted) return;
    this.isLooking = true;
    this.timer?.cancel();
    void this.takeAll().finally(() => {
      this.isLooking = false;
      if (!this.stopping.signal.aborted) this.timer = this.around.clock.after(LOOK_MS, () => this.look());
    });
  }

  private async takeAll(): Promise<void> {
    while (this.isHinted && this.running.size < this.config.workers) {
      this.isHinted = false;
      while (this.running.size < this.config.workers && !this.stopping.signal.aborted) {
        this.started += 1;
        const owner = `${this.around.ids.instanceId}/${this.started}`;
        const leased = await this.queue.claim(owner);
        if (leased === undefined) break;
        const run = this.queue
          .workOff(leased, owner, () => this.runner.run(leased, owner, this.stopping.signal))
          .finally(() => {
            this.running.delete(run);
            this.look();
          });
        this.running.add(run);
      }
    }
  }
}
