import { Injectable } from '@nestjs/common';
import { Logger } from '../../platform/logging/index.js';
import { type Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import { ThresholdObserver } from '../evaluation/threshold-observer.js';
import type { Observation } from '../model/alert.js';
import type { Observer, RuleOf } from '../model/observer.js';
import { Predictions } from './predictions.js';

/** The observer of thresholds, which also says when what is well will be bad. Without that it goes on as ever. */
@Injectable()
export class ForeseeingObserver implements Observer<'threshold'> {
  readonly kind = 'threshold';
  private readonly failures: Counter;

  constructor(
    private readonly thresholds: ThresholdObserver,
    private readonly predictions: Predictions,
    private readonly logger: Logger,
    metrics: MetricRegistry,
  ) {
    this.failures = metrics.counter('alerting_prediction_failures_total', {
      help: 'Evaluations of alert rules that could not foresee when levels are crossed.',
    });
  }

  async observe(
    rules: readonly RuleOf<'threshold'>[],
    at: Date,
    signal: AbortSignal,
  ): Promise<readonly Observation[]> {
    const observations = await this.thresholds.observe(rules, at, signal);
    if (signal.aborted) return observations;
    try {
      return await this.predictions.foresee(rules, observations, at);
    } catch (error) {
      this.failures.increment({});
      this.logger.warn('Crossings of levels could not be foreseen', { err: error });
      return observations;
    }
  }
}
