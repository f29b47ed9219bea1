import { Injectable } from '@nestjs/common';
import type { Counter, Distribution, Gauge } from '../../platform/telemetry/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import type { AlertState } from '../model/alert.js';
import type { Decision } from './decide.js';

const SHOWN_STATES: readonly AlertState[] = ['pending', 'firing', 'recovering', 'no-data', 'error'];

/** What the evaluation counts. */
@Injectable()
export class EvaluationMetrics {
  readonly evaluations: Counter;
  readonly seconds: Distribution;
  readonly transitions: Counter<'transition'>;
  readonly failures: Counter<'kind'>;
  readonly overtaken: Counter;
  readonly rules: Gauge<'kind'>;
  private readonly alerts: Gauge<'state'>;
  private readonly leading: Gauge;

  constructor(registry: MetricRegistry) {
    this.evaluations = registry.counter('alerting_evaluations_total', {
      help: 'Evaluations of all alert rules that this instance finished.',
    });
    this.seconds = registry.distribution('alerting_evaluation_seconds', {
      help: 'Duration of an evaluation of all alert rules, in seconds.',
    });
    this.transitions = registry.counter('alerting_transitions_total', {
      help: 'Changes of alerts by what receivers hear of them.',
      labels: ['transition'],
    });
    this.failures = registry.counter('alerting_rule_failures_total', {
      help: 'Evaluations of single rules that failed or were cut short, by kind of the rule; what was not seen stays as it was, or says error.',
      labels: ['kind'],
    });
    this.overtaken = registry.counter('alerting_overtaken_total', {
      help: 'Changes of alerts that another instance or an edit of the rule had overtaken; they are judged again.',
    });
    this.rules = registry.gauge('alerting_rules', {
      help: 'Rules that are judged, by kind; 0 on instances that do not judge.',
      labels: ['kind'],
    });
    this.alerts = registry.gauge('alerting_instances', {
      help: 'Alerts that are not normal, by state; 0 on instances that do not judge.',
      labels: ['state'],
    });
    this.leading = registry.gauge('alerting_leading', {
      help: '1 on the instance that judges the rules, else 0.',
    });
    this.showAlerts([]);
  }

  /** What was decided and written. */
  count(written: readonly Decision[]): void {
    for (const { transition } of written) if (transition !== null) this.transitions.increment({ transition });
  }

  showAlerts(counts: readonly { readonly state: AlertState; readonly alerts: number }[]): void {
    for (const state of SHOWN_STATES) {
      this.alerts.set({ state }, counts.find((count) => count.state === state)?.alerts ?? 0);
    }
  }

  showLeading(isLeading: boolean): void {
    this.leading.set({}, isLeading ? 1 : 0);
    if (isLeading) return;
    this.showAlerts([]);
    for (const kind of ['threshold', 'anomaly', 'burn-rate']) this.rules.set({ kind }, 0);
  }
}
