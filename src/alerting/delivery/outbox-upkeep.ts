import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../config/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { isMoreLeft, OutboxUpkeepRepository } from './outbox-upkeep.repository.js';
import { BREAKER_FAILURES } from './pace.js';

const FIGURES_EVERY_MS = 15_000;
const PRUNE_EVERY_MS = 3_600_000;

/** Keeps the outbox small, and says how it is. */
@Injectable()
export class OutboxUpkeep implements OnModuleInit {
  constructor(
    private readonly jobs: BackgroundJobs,
    private readonly outbox: OutboxUpkeepRepository,
    private readonly metrics: DeliveryMetrics,
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'alerting-outbox-figures',
      everyMs: FIGURES_EVERY_MS,
      firstDelayMs: 1_000,
      run: () => this.measure(),
    });
    this.jobs.register({
      name: 'alerting-outbox-retention',
      everyMs: PRUNE_EVERY_MS,
      isLeaderOnly: true,
      run: (signal) => this.prune(signal),
    });
  }

  /** Reads the figures of all instances' outbox into this one's metrics. */
  async measure(): Promise<void> {
    const { waiting, dead, oldestSeconds, openBreakers } = await this.outbox.figures(BREAKER_FAILURES);
    this.metrics.waiting.set({}, waiting);
    this.metrics.dead.set({}, dead);
    this.metrics.oldestSeconds.set({}, oldestSeconds);
    this.metrics.openBreakers.set({}, openBreakers);
  }

  /** In steps: a lock is never held for long. */
  async prune(signal: AbortSignal): Promise<void> {
    const { retentionDays } = this.config;
    const steps = [
      () => this.outbox.pruneRows(retentionDays),
      () => this.outbox.pruneMessages(retentionDays),
      () => this.outbox.pruneGroups(),
    ];
    for (const step of steps) while (!signal.aborted && isMoreLeft(await step()));
  }
}
