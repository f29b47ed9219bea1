import type { Clock, Timer } from '../kernel/clock.js';
import type { CacheMetrics } from './monitoring/cache-metrics.js';
import type { SelfAudit } from './monitoring/self-audit.js';
import type { CacheStatistics } from './monitoring/statistics.js';

const EVERY_MS = 1_000;
const AUDIT_EVERY_TICKS = 10;

/** What a cache does once a second: figures for windows and for /metrics, and now and then the self-audit. */
export class Upkeep {
  private timer: Timer | undefined;
  private ticks = 0;
  private isStopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly statistics: CacheStatistics,
    private readonly metrics: CacheMetrics,
    private readonly audit: SelfAudit,
  ) {}

  start(): void {
    if (this.isStopped) return;
    this.timer = this.clock.after(EVERY_MS, () => {
      this.ticks += 1;
      this.statistics.tick();
      this.metrics.tick();
      if (this.ticks % AUDIT_EVERY_TICKS === 0) void this.audit.run();
      this.start();
    });
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }
}
