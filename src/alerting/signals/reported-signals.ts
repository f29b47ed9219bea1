import { Injectable } from '@nestjs/common';
import { judge } from '../evaluation/judge.js';
import { detailOf } from '../evaluation/wording.js';
import type { Observation } from '../model/alert.js';
import type { RuleOf } from '../model/observer.js';
import { type ReportedSeries, requestKey, requestOf } from './signal-request.js';
import { type InstanceReport, SignalRepository } from './signal.repository.js';

/** Reports come every five seconds; who has missed six of them is gone. */
const MAX_AGE_MS = 30_000;
const MOST_INSTANCES = 1_000;

/** What all instances report of themselves, seen by the one that judges. */
@Injectable()
export class ReportedSignals {
  constructor(private readonly repository: SignalRepository) {}

  /** One observation per rule, instance and series. An instance without a recent report is not mentioned. */
  async observe(rules: readonly RuleOf<'threshold'>[], at: Date): Promise<Observation[]> {
    if (rules.length === 0) return [];
    const reports = await this.repository.recent(at, MAX_AGE_MS, MOST_INSTANCES);
    return rules.flatMap((rule) => observationsOf(rule, reports));
  }
}

function observationsOf(rule: RuleOf<'threshold'>, reports: readonly InstanceReport[]): Observation[] {
  const request = requestOf(rule.condition);
  if (request === undefined) return [];
  const key = requestKey(request);
  // A report from before the rule does not know it.
  const answers = reports.filter(({ signals }) => signals[key] !== undefined);
  if (answers.length > 0 && answers.every(({ signals }) => signals[key] === null))
    return [noSuchSignal(rule)];
  return answers.flatMap(({ instanceId, signals }) =>
    (signals[key] ?? []).map((series) => observationOf(rule, instanceId, series)),
  );
}

function observationOf(
  { id, condition }: RuleOf<'threshold'>,
  instanceId: string,
  series: ReportedSeries,
): Observation {
  const value = series.value === 'not-finite' ? NaN : series.value;
  return {
    ruleId: id,
    labels: { ...series.labels, instance: instanceId },
    outcome: judge(value, condition),
    value: Number.isNaN(value) ? null : value,
    predictedAt: null,
    detail: detailOf(value, condition),
  };
}

function noSuchSignal({ id, condition: { source } }: RuleOf<'threshold'>): Observation {
  const detail = `no instance has a signal ${source.from === 'own' ? source.signal : ''}; GET /metrics lists them`;
  return { ruleId: id, labels: {}, outcome: 'error', value: null, predictedAt: null, detail };
}
