import type { Clock, Timer } from '../../kernel/clock.js';
import type { Logger } from '../../platform/logging/index.js';
import type { WarmupRegistry } from './warmup-registry.js';
import type { WarmTarget } from './warmup-runner.js';
import type { WarmupItem } from './warmup-task.js';

const EVERY_MS = 15_000;
/** Values of one source that are looked at in one round. */
const MOST_ITEMS = 1_000;

/** What ActiveRefresh is made of. */
export interface ActiveRefreshParts {
  readonly registry: WarmupRegistry;
  readonly target: WarmTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly countFailure: () => void;
}

/**
 * Loads values in active use again before they expire, one after another, so that their readers never wait. Several
 * instances may do it at once: the lease of the cache lets one of them load.
 */
export class ActiveRefresh {
  private timer: Timer | undefined;
  private isStopped = false;

  constructor(private readonly parts: ActiveRefreshParts) {}

  start(): void {
    if (this.isStopped) return;
    this.timer = this.parts.clock.after(EVERY_MS, () => {
      void this.refreshAll().finally(() => this.start());
    });
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  /** One round over all sources. Never rejects. */
  async refreshAll(): Promise<void> {
    for (const [name, items] of this.parts.registry.activeSources()) {
      try {
        await this.refresh(name, items());
      } catch (error) {
        this.parts.countFailure();
        this.parts.logger.warn('Values in active use could not be named', { source: name, err: error });
      }
    }
  }

  /** One value that fails does not keep those behind it from being refreshed. */
  private async refresh(source: string, items: Iterable<WarmupItem>): Promise<void> {
    const failures: unknown[] = [];
    let left = MOST_ITEMS;
    for (const item of items) {
      if (this.isStopped || left === 0) break;
      left -= 1;
      try {
        await this.parts.target.warm(item.key, item.load, item.options);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 0) return;
    this.parts.countFailure();
    const [err] = failures;
    this.parts.logger.warn('Values in active use could not be refreshed', {
      source,
      count: failures.length,
      err,
    });
  }
}
