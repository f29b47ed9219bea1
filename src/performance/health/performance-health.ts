import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { HealthIndicators } from '../../platform/health/index.js';
import { type HealthReport, reportHealth } from './health-report.js';

/** A report is not older than this: a storm of questions costs one answer. */
const REPORT_FOR_MS = 250;

/** Judges this instance by what its modules say. */
@Injectable()
export class PerformanceHealth {
  private latest: HealthReport | undefined;
  private reportedAtMs = -Infinity;

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly clock: Clock,
  ) {}

  /** Every component, at most a quarter of a second ago. Touches no network. */
  report(): HealthReport {
    const now = this.clock.monotonic();
    if (this.latest === undefined || now - this.reportedAtMs >= REPORT_FOR_MS) {
      this.latest = reportHealth(this.indicators.all(), this.clock.now());
      this.reportedAtMs = now;
    }
    return this.latest;
  }
}
