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
import { ALERT_OBSERVERS, blamed, observeAll, type Observed } from './observing.js';
import { Quarantine } from './quarantine.js';
import { Refusals } from './refusals.js';
import { type Rules, RuleSet } from './rule-set.js';
import { StateWriter } from './state-writer.js';

/** Rules whose alerts are in memory at once, and are written in one transaction. */
const RULES_AT_ONCE = 1_000;
const MS_PER_SECOND = 1_000;
/** Ids of failing rules that a line of the log names. */
const SHOWN_RULES = 20;

/** Of one evaluation. */
interface Now {
  readonly at: Date;
  readonly signal: AbortSignal;
}

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
  private readonly quarantine: Quarantine;
  private readonly refusals = new Refusals();

  constructor(
    private readonly parts: EvaluationParts,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(ALERT_EVALUATION_CONFIG) private readonly config: AlertEvaluationConfig,
  ) {
    this.quarantine = new Quarantine(clock);
  }

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
    const { free, due, held } = this.quarantine.sort(ofKind);
    await this.look(observer, free, rules, { at, signal });
    for (const rule of due) await this.look(observer, [rule], rules, { at, signal });
    await this.judge(held, byRuleId(held.map(blamed)), rules, { at, signal });
  }

  private async look(observer: Observer, group: readonly AlertRule[], rules: Rules, now: Now): Promise<void> {
    if (group.length === 0) return;
    const observed = await observeAll(observer, group, now.at, now.signal);
    this.quarantine.note(observed.judged, observed.failed);
    this.noteFailures(observer.kind, observed);
    this.noteRefusals(observer.kind, observed);
    await this.judge(observed.judged, byRuleId(observed.observations), rules, now);
  }

  private noteFailures(kind: Observer['kind'], { failed, failures, error }: Observed): void {
    if (failures === 0) return;
    this.parts.metrics.failures.increment({ kind }, failures);
    this.logger.error('Alert rules could not be evaluated', {
      kind,
      failures,
      rules: failed.slice(0, SHOWN_RULES).map(({ id }) => id),
      err: error,
    });
  }

  private noteRefusals(kind: Observer['kind'], { judged, failed, observations }: Observed): void {
    const failing = new Set(failed.map(({ id }) => id));
    const said = observations.filter(({ ruleId }) => !failing.has(ruleId));
    const { all, fresh } = this.refusals.note(judged, said);
    if (all.length > 0) this.parts.metrics.failures.increment({ kind }, all.length);
    if (fresh.length === 0) return;
    this.logger.warn('Alert rules are not evaluated, or not in full', {
      kind,
      rules: fresh.slice(0, SHOWN_RULES).map(({ ruleId, detail }) => ({ id: ruleId, detail })),
      count: fresh.length,
    });
  }

  private async judge(
    judged: readonly AlertRule[],
    observations: ReadonlyMap<string, readonly Observation[]>,
    rules: Rules,
    { at, signal }: Now,
  ): Promise<void> {
    for (let start = 0; start < judged.length && !signal.aborted; start += RULES_AT_ONCE) {
      await this.judgeGroup(judged.slice(start, start + RULES_AT_ONCE), observations, rules, at);
    }
  }

  private async judgeGroup(
    group: readonly AlertRule[],
    observations: ReadonlyMap<string, readonly Observation[]>,
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
          observations: observations.get(rule.id) ?? [],
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
