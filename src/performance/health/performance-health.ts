import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { HealthIndicators } from '../../platform/health/index.js';
import { type HealthReport, reportHealth } from './health-report.js';

/** The sampler judges once a second; whoever asks is answered with that, unless it is late. */
const REPORT_FOR_MS = 1_500;

/** Judges this instance by what its modules say. */
@Injectable()
export class PerformanceHealth {
  private latest: HealthReport | undefined;
  private judgedAtMs = -Infinity;

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly clock: Clock,
  ) {}

  /** Every component, as of the last second: a storm of questions costs nothing. Touches no network. */
  report(): HealthReport {
    const isFresh = this.clock.monotonic() - this.judgedAtMs < REPORT_FOR_MS;
    return this.latest !== undefined && isFresh ? this.latest : this.judge();
  }

  /** Every component at this moment. Touches no network. */
  judge(): HealthReport {
    this.latest = reportHealth(this.indicators.all(), this.clock.now());
    this.judgedAtMs = this.clock.monotonic();
    return this.latest;
  }
}
