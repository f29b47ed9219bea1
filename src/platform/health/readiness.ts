import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { AppError } from '../../kernel/app-error.js';

/** What a check found; absent = not there by choice, which is fine. */
export type CheckResult =
  { readonly status: 'up' | 'absent' } | { readonly status: 'down'; readonly reason: string };

/** One thing the instance needs, or would like to have. Modules register theirs at start. */
export interface ReadinessCheck {
  readonly name: string;
  /** False: its loss is reported as degraded, and the instance stays ready. */
  readonly isRequired: boolean;
  /** Default 1,000. A check that throws or takes longer is down. */
  readonly timeoutMs?: number;
  readonly check: () => CheckResult | Promise<CheckResult>;
}

/** Outcome of one check. */
export interface CheckReport {
  readonly status: 'up' | 'absent' | 'degraded' | 'down';
  readonly reason?: string;
}

/** Outcome of all checks; not ready as soon as one of them is down. */
export interface ReadinessReport {
  readonly isReady: boolean;
  readonly status: 'ready' | 'degraded' | 'not ready';
  readonly checks: Readonly<Record<string, CheckReport>>;
}

const DEFAULT_TIMEOUT_MS = 1_000;

/** Collects what modules say about their part and answers whether this instance should get requests. */
@Injectable()
export class Readiness {
  private readonly checks: ReadinessCheck[] = [];
  private underWay: Promise<ReadinessReport> | undefined;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Adds a check; names are unique. */
  register(check: ReadinessCheck): void {
    this.checks.push(check);
  }

  /** Runs all checks at once, each within its own bound; whoever asks meanwhile gets the same answer. */
  report(): Promise<ReadinessReport> {
    this.underWay ??= this.check().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async check(): Promise<ReadinessReport> {
    const checks: Record<string, CheckReport> = {};
    const isReady = await this.isHealthy(this.checks.map((check) => this.indicatorFor(check, checks)));
    const isDegraded = Object.values(checks).some(({ status }) => status === 'degraded');
    return { isReady, status: isReady ? (isDegraded ? 'degraded' : 'ready') : 'not ready', checks };
  }

  private async isHealthy(indicators: HealthIndicatorFunction[]): Promise<boolean> {
    try {
      await this.health.check(indicators);
      return true;
    } catch (error) {
      // The way terminus says "down".
      if (error instanceof ServiceUnavailableException) return false;
      throw error;
    }
  }

  private indicatorFor(check: ReadinessCheck, reports: Record<string, CheckReport>): HealthIndicatorFunction {
    return async () => {
      const { name, isRequired, timeoutMs = DEFAULT_TIMEOUT_MS } = check;
      const session = this.indicators.check(name);
      let result: CheckResult = { status: 'down', reason: `no answer within ${timeoutMs} ms` };
      await session
        .attempt(async () => {
          result = await outcomeOf(check);
        })
        .withTimeout(timeoutMs);
      const report = toReport(result, isRequired);
      reports[name] = report;
      if (report.status === 'down') return session.down();
      return report.status === 'degraded' ? session.degraded() : session.up();
    };
  }
}

async function outcomeOf({ check }: ReadinessCheck): Promise<CheckResult> {
  try {
    return await check();
  } catch (error) {
    // Only our own messages are safe to show: a driver's may name hosts and users.
    return { status: 'down', reason: error instanceof AppError ? error.message : 'the check failed' };
  }
}

function toReport(result: CheckResult, isRequired: boolean): CheckReport {
  if (result.status !== 'down') return result;
  return { status: isRequired ? 'down' : 'degraded', reason: result.reason };
}
