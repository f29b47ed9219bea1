import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../config/index.js';
import type { Timer } from '../../kernel/clock.js';
import { Notifications } from '../../platform/database/index.js';
import { DeliveryRound } from './delivery-round.js';
import { DeliverySurroundings } from './delivery-surroundings.js';

/** How often senders look for work though nobody told them of any: for what becomes due, and for lost hints. */
const LOOK_MS = 1_000;
/** How long a shutdown lets attempts go on. */
const STOP_WAIT_MS = 4_000;

/** The senders of this instance: each takes a receiver at a time, of all tenants. */
@Injectable()
export class DeliveryDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly cutting = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private timer: Timer | undefined;
  private isLooking = false;
  private isHinted = false;
  private started = 0;

  constructor(
    @Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig,
    private readonly round: DeliveryRound,
    private readonly notifications: Notifications,
    private readonly around: DeliverySurroundings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.senders === 0) return;
    this.notifications.listen('alerting_work', () => this.look());
    this.look();
  }

  /** Ends after the attempts under way, or with them when they take too long: others send what is left. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.timer?.cancel();
    const cut = this.around.clock.after(STOP_WAIT_MS, () => this.cutting.abort());
    await Promise.all(this.running);
    cut.cancel();
  }

  /** Takes what there is, as far as there are senders. */
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
    while (this.isHinted && this.hasFreeSender()) {
      this.isHinted = false;
      while (this.hasFreeSender()) {
        this.started += 1;
        const claimed = await this.round.claim(`${this.around.ids.instanceId}/${this.started}`);
        if (claimed === undefined) break;
        const run = this.round.run(claimed.lease, claimed.held, this.cutting.signal).finally(() => {
          this.running.delete(run);
          this.look();
        });
        this.running.add(run);
      }
    }
  }

  private hasFreeSender(): boolean {
    return this.running.size < this.config.senders && !this.stopping.signal.aborted;
  }
}
