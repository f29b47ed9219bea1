import { Inject, Injectable } from '@nestjs/common';
import { ALERT_EVALUATION_CONFIG, type AlertEvaluationConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Logger } from '../../platform/logging/index.js';
import type { Observation } from '../model/alert.js';
import type { Observer } from '../model/observer.js';
import type { AlertRule } from '../model/rule.js';
import { AlertStateRepository } from './alert-state.repository.js';
import { decide, type Decision, type Moment } from './decide.js';
import { EvaluationMetrics } from './evaluation-metrics.js';
import { ALERT_OBSERVERS, observeAll } from './observing.js';
import { type Rules, RuleSet } from './rule-set.js';
import { StateWriter } from './state-writer.js';

/** Rules whose alerts are in memory at once, and are written in one transaction. */
const RULES_AT_ONCE = 1_000;
const MS_PER_SECOND = 1_000;

/** What evaluations look at, and with what. */
@Injectable()
export class EvaluationParts {
  constructor(
    readonly ruleSet: RuleSet,
    readonly states: AlertStateRepository,
    readonly writer: StateWriter,
    readonly metrics: EvaluationMetrics,
    @Inject(ALERT_OBSERVERS) readonly observers: readonly Observer[],
  ) {}
}

/**
 * One evaluation of all rules: observe as sets, decide in memory, write what has changed. Nothing is remembered from
 * one to the next but the rules: whoever evaluates next, here or on another instance, goes on from what is stored. Two
 * at once are safe, because each change is written over the version it was made from.
 */
@Injectable()
export class Evaluation {
  constructor(
    private readonly parts: EvaluationParts,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {}

  /** @throws the database's errors; a rule that fails is no error of the evaluation */
  async run(signal: AbortSignal): Promise<void> {
    const { ruleSet, states, metrics, observers } = this.parts;
    const startedAt = this.clock.monotonic();
    const at = await states.now();
    const rules = await ruleSet.current();
    const failed: unknown[] = [];
    for (const observer of observers) {
      try {
        await this.evaluateKind(observer, rules, at, signal);
      } catch (error) {
        // The other kinds come first; then it is known that this one failed.
        failed.push(error);
      }
    }
    metrics.showAlerts(await states.countByState());
    if (failed.length > 0) throw failed[0];
    metrics.evaluations.increment({});
    metrics.seconds.record({}, (this.clock.monotonic() - startedAt) / MS_PER_SECOND);
  }

  private async evaluateKind(observer: Observer, rules: Rules, at: Date, signal: AbortSignal): Promise<void> {
    const { kind } = observer;
    const { metrics } = this.parts;
    const ofKind = rules.all.filter(({ condition }) => condition.kind === kind);
    metrics.rules.set({ kind }, ofKind.length);
    const { observations, judged, failures, error } = await observeAll(observer, ofKind, at, signal);
    if (failures > 0) {
      metrics.failures.increment({ kind }, failures);
      this.logger.error('Alert rules could not be evaluated', { kind, failures, err: error });
    }
    const byRule = byRuleId(observations);
    for (let start = 0; start < judged.length && !signal.aborted; start += RULES_AT_ONCE) {
      await this.judge(judged.slice(start, start + RULES_AT_ONCE), byRule, rules, at);
    }
  }

  private async judge(
    group: readonly AlertRule[],
    byRule: ReadonlyMap<string, readonly Observation[]>,
    { conditionSince }: Rules,
    at: Date,
  ): Promise<void> {
    const { states, writer, metrics } = this.parts;
    const stored = byRuleId(await states.ofRules(group.map(({ id }) => id)));
    const moment: Moment = { at, everyMs: this.config.evaluateEveryMs };
    const decisions = group.flatMap((rule): Decision[] =>
      decide(
        {
          rule,
          observations: byRule.get(rule.id) ?? [],
          stored: stored.get(rule.id) ?? [],
          conditionSince: conditionSince.get(rule.id),
        },
        moment,
      ),
    );
    const written = await writer.write(decisions, at);
    metrics.count(written);
    const overtaken = decisions.length - written.length;
    if (overtaken > 0) metrics.overtaken.increment({}, overtaken);
  }
}

function byRuleId<T extends { readonly ruleId: string }>(rows: readonly T[]): Map<string, T[]> {
  const grouped = new Map<string, T[]>();
  for (const row of rows) {
    const group = grouped.get(row.ruleId);
    if (group === undefined) grouped.set(row.ruleId, [row]);
    else group.push(row);
  }
  return grouped;
}
