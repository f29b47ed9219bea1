import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { HealthIndicators } from '../platform/health/index.js';
import { type HealthReport, reportHealth } from './health/health-report.js';

/** A report is not older than this: a storm of questions costs one answer. */
const REPORT_FOR_MS = 250;

/** How this instance is doing, for people. */
@Injectable()
export class PerformanceService {
  private report: HealthReport | undefined;
  private reportedAtMs = -Infinity;

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly clock: Clock,
  ) {}

  /** Every component judged, at most a quarter of a second ago. Touches no network. */
  health(): HealthReport {
    const now = this.clock.monotonic();
    if (this.report === undefined || now - this.reportedAtMs >= REPORT_FOR_MS) {
      this.report = reportHealth(this.indicators.all(), this.clock.now());
      this.reportedAtMs = now;
    }
    return this.report;
  }
}
