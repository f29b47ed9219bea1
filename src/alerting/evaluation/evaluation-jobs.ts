import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import { Logger } from '../../platform/logging/index.js';
import { BackgroundJobs } from '../../platform/scheduling/index.js';
import { BuiltInRuleRepository } from '../signals/built-in-rule.repository.js';
import { SignalReporter } from '../signals/signal-reporter.js';
import { AlertingUpkeep } from './alerting-upkeep.js';
import { EvaluationMetrics } from './evaluation-metrics.js';
import { Evaluation } from './evaluation.js';
import { EvaluatorLock } from './evaluator-lock.js';

const SEEK_EVERY_MS = 1_000;
const REPORT_EVERY_MS = 5_000;
const UPKEEP_EVERY_MS = 3_600_000;
const EVALUATE = 'alert-evaluation';

/** What the jobs run. */
@Injectable()
export class EvaluationSteps {
  constructor(
    private readonly lock: EvaluatorLock,
    private readonly evaluation: Evaluation,
    private readonly metrics: EvaluationMetrics,
    private readonly logger: Logger,
  ) {}

  /** True when this instance has just become the one that evaluates. */
  async seek(): Promise<boolean> {
    const hasCome = await this.lock.seek();
    this.metrics.showLeading(this.lock.signal() !== undefined);
    return hasCome;
  }

  async evaluate(signal: AbortSignal): Promise<void> {
    const held = this.lock.signal();
    if (held !== undefined) await this.evaluation.run(AbortSignal.any([signal, held]));
  }

  async release(): Promise<void> {
    await this.lock.release().catch((error: unknown) => {
      this.logger.warn('The lock of the alert evaluation could not be given back; it ends by itself', {
        err: error,
      });
    });
  }
}

/** The pace of the evaluation and of what it needs. */
@Injectable()
export class EvaluationJobs implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly jobs: BackgroundJobs,
    private readonly steps: EvaluationSteps,
    private readonly reporter: SignalReporter,
    private readonly upkeep: AlertingUpkeep,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.upkeep.keepPartitions();
    this.jobs.register({ name: 'alert-evaluator-lock', everyMs: SEEK_EVERY_MS, run: () => this.seek() });
    this.jobs.register({
      name: EVALUATE,
      everyMs: this.config.evaluateEveryMs,
      run: (signal) => this.steps.evaluate(signal),
    });
    this.jobs.register({
      name: 'alert-signals',
      everyMs: REPORT_EVERY_MS,
      firstDelayMs: SEEK_EVERY_MS,
      run: () => this.reporter.report(),
    });
    this.jobs.register({
      name: 'alert-upkeep',
      everyMs: UPKEEP_EVERY_MS,
      isLeaderOnly: true,
      run: async (signal) => {
        // A partition that somebody reads cannot be dropped just now: what else is to be removed does not wait for that.
        await this.upkeep.keepPartitions().finally(() => this.upkeep.tidy(signal));
      },
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.steps.release();
    // Without a database its report becomes old by itself.
    await this.reporter.stop().catch(() => undefined);
  }

  /** Whoever takes over evaluates at once. */
  private async seek(): Promise<void> {
    if (await this.steps.seek()) await this.jobs.runNow(EVALUATE);
  }
}

/** Stores the built-in rules at the start. */
@Injectable()
export class BuiltInRules implements OnModuleInit {
  constructor(private readonly rules: BuiltInRuleRepository) {}

  onModuleInit(): Promise<void> {
    return this.rules.seed();
  }
}
