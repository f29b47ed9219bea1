import { Injectable } from '@nestjs/common';
import { judge } from '../evaluation/judge.js';
import { detailOf } from '../evaluation/wording.js';
import type { Observation } from '../model/alert.js';
import type { RuleOf } from '../model/observer.js';
import { together } from './all-instances.js';
import { ALL_INSTANCES, type ReportedSeries, requestKey, requestOf } from './signal-request.js';
import { type InstanceReport, SignalRepository } from './signal.repository.js';

/**
 * Reports come every five seconds; who has missed six of them is gone. Until then the last one says what was: it
 * neither ends what fires, nor makes pending into firing.
 */
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
    // A report may be newer than the evaluation, which takes its time.
    const known = reports.map((report) => ({ ...report, knownUntil: earliest([at, report.reportedAt]) }));
    return rules.flatMap((rule) => observationsOf(rule, known));
  }
}

/** What an instance said, and up to when that is known. */
type KnownReport = Pick<InstanceReport, 'instanceId' | 'signals'> & { readonly knownUntil: Date };

function observationsOf(rule: RuleOf<'threshold'>, reports: readonly KnownReport[]): Observation[] {
  const request = requestOf(rule.condition);
  if (request === undefined) return [];
  const key = requestKey(request);
  // A report from before the rule does not know it.
  const answers = reports.filter(({ signals }) => signals[key] !== undefined);
  if (answers.length > 0 && answers.every(({ signals }) => signals[key] === null))
    return [noSuchSignal(rule)];
  const { instance } = labelsOf(rule);
  if (instance === ALL_INSTANCES) {
    const series = answers.flatMap(({ signals }) => signals[key] ?? []);
    const knownUntil = earliest(answers.map((answer) => answer.knownUntil));
    return together(series, request).map((joined) => ({ ...observationOf(rule, joined), knownUntil }));
  }
  return answers
    .filter(({ instanceId }) => instance === undefined || instance === instanceId)
    .flatMap(({ instanceId, signals, knownUntil }) =>
      (signals[key] ?? []).map(({ labels, value }) => ({
        ...observationOf(rule, { labels: { ...labels, instance: instanceId }, value: numberOf(value) }),
        knownUntil,
      })),
    );
}

function earliest(times: readonly Date[]): Date {
  return new Date(Math.min(...times.map((time) => time.getTime())));
}

function labelsOf({ condition: { source } }: RuleOf<'threshold'>): Readonly<Record<string, string>> {
  return source.from === 'own' ? source.labels : {};
}

function numberOf(value: ReportedSeries['value']): number | null {
  return value === 'not-finite' ? NaN : value;
}

function observationOf(
  { id, condition }: RuleOf<'threshold'>,
  { labels, value }: { readonly labels: Readonly<Record<string, string>>; readonly value: number | null },
): Observation {
  const outcome = judge(value, condition);
  const detail = detailOf(value, condition);
  return {
    ruleId: id,
    labels,
    outcome,
    value: Number.isNaN(value) ? null : value,
    predictedAt: null,
    detail,
  };
}

function noSuchSignal({ id, condition: { source } }: RuleOf<'threshold'>): Observation {
  const detail = `no instance has a signal ${source.from === 'own' ? source.signal : ''}; GET /metrics lists them`;
  return { ruleId: id, labels: {}, outcome: 'error', value: null, predictedAt: null, detail };
}
