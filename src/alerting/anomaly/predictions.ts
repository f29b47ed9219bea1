import { Injectable } from '@nestjs/common';
import { StepHistory, type StepRequest, type StepValue } from '../../collectors/index.js';
import { nextTurn } from '../../kernel/turn.js';
import type { Observation } from '../model/alert.js';
import type { ThresholdCondition } from '../model/condition.js';
import type { RuleOf } from '../model/observer.js';
import { predictCrossing } from './crossing.js';
import type { HourValue } from './daily-rhythm.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Steps of a trend, and days of a rhythm. */
const RECENT_STEPS = 72;
const HOURS_BACK = 14 * 24;
/** Shorter windows are looked at in steps of this length, longer ones in hours. */
const SHORTEST_STEP_MS = 5 * MINUTE_MS;
/** What was said of a series holds for so long. */
const HOLDS_MS = 5 * MINUTE_MS;
/** Series that one evaluation looks at, some milliseconds each; those that wait longest come first. */
const SERIES_PER_EVALUATION = 50;
/** Rules and series that are remembered, some 200 bytes each. */
const MOST_REMEMBERED = 20_000;
/** Of these a step of another length says nothing. */
const GROWS_WITH_TIME: ReadonlySet<string> = new Set(['count', 'sum']);

/** What was said of one series of one rule, and when. */
interface Said {
  readonly saidAt: number;
  readonly version: number;
  readonly crossingAt: number | undefined;
}

/** A series of a rule that can be foreseen. */
interface Candidate {
  readonly name: string;
  readonly rule: RuleOf<'threshold'>;
  readonly observation: Observation;
  readonly stepMs: number;
}

/** Tells of series that are well when they will be bad, if things go on like this. */
@Injectable()
export class Predictions {
  private readonly said = new Map<string, Said>();

  constructor(private readonly history: StepHistory) {}

  /** The observations, with `predictedAt` where it is known. At most four statements, none when nothing is due. */
  async foresee(
    rules: readonly RuleOf<'threshold'>[],
    observations: readonly Observation[],
    at: Date,
  ): Promise<readonly Observation[]> {
    const byId = new Map(rules.map((rule) => [rule.id, rule]));
    const candidates = observations.flatMap((observation) =>
      candidateOf(byId.get(observation.ruleId), observation),
    );
    if (candidates.length === 0) return observations;
    const due = candidates
      .filter((candidate) => this.isDue(candidate, at.getTime()))
      .sort((left, right) => this.saidAt(left) - this.saidAt(right));
    await this.look(due.slice(0, SERIES_PER_EVALUATION), at);
    const known = new Map(
      candidates.map((candidate) => [candidate.observation, this.crossingOf(candidate, at)]),
    );
    return observations.map((observation) => ({
      ...observation,
      predictedAt: known.get(observation) ?? observation.predictedAt,
    }));
  }

  private isDue({ name, rule }: Candidate, at: number): boolean {
    const said = this.said.get(name);
    return said?.version !== rule.version || at - said.saidAt >= HOLDS_MS;
  }

  private saidAt({ name }: Candidate): number {
    return this.said.get(name)?.saidAt ?? 0;
  }

  private crossingOf({ name, rule }: Candidate, at: Date): Date | null {
    const said = this.said.get(name);
    if (said?.crossingAt === undefined || said.version !== rule.version) return null;
    return said.crossingAt > at.getTime() ? new Date(said.crossingAt) : null;
  }

  private async look(candidates: readonly Candidate[], at: Date): Promise<void> {
    for (const stepMs of new Set(candidates.map((candidate) => candidate.stepMs))) {
      const sameStep = candidates.filter((candidate) => candidate.stepMs === stepMs);
      const ids = await this.idsOf(sameStep);
      const recent = await this.read(sameStep, ids, { stepMs, steps: RECENT_STEPS, at });
      const hours = await this.read(sameStep, ids, { stepMs: HOUR_MS, steps: HOURS_BACK, at });
      for (const [index, candidate] of sameStep.entries()) {
        this.remember(candidate, at, crossingOf(candidate, at, recent[index] ?? [], hours[index] ?? []));
        if (index % 10 === 9) await nextTurn();
      }
    }
  }

  private async idsOf(candidates: readonly Candidate[]): Promise<(number | undefined)[]> {
    const patterns = candidates.map(({ rule, observation: { labels } }) => ({
      tenantId: rule.tenantId,
      scraperSource: labels['scraper'] ?? '',
      metricType: labels['metric'] ?? '',
    }));
    return (await this.history.match(patterns, 1)).map(([first]) => first?.id);
  }

  private read(
    candidates: readonly Candidate[],
    ids: readonly (number | undefined)[],
    { stepMs, steps, at }: { readonly stepMs: number; readonly steps: number; readonly at: Date },
  ): Promise<StepValue[][]> {
    const until = new Date(Math.floor(at.getTime() / stepMs) * stepMs);
    const since = new Date(until.getTime() - steps * stepMs);
    const requests = candidates.map(({ rule: { condition } }, index): StepRequest => {
      const measure = condition.source.from === 'collector' ? condition.source.measure : 'durationMs';
      // No series has the id 0: it gives no steps.
      return { seriesId: ids[index] ?? 0, since, measure, aggregation: condition.aggregation };
    });
    return this.history.read(requests, stepMs, until);
  }

  private remember({ name, rule }: Candidate, at: Date, crossingAt: number | undefined): void {
    this.said.delete(name);
    this.said.set(name, { saidAt: at.getTime(), version: rule.version, crossingAt });
    const [oldest] = this.said.keys();
    if (this.said.size > MOST_REMEMBERED && oldest !== undefined) this.said.delete(oldest);
  }
}

/** Those of collectors that are well, and whose windows say what a step says. */
function candidateOf(rule: RuleOf<'threshold'> | undefined, observation: Observation): Candidate[] {
  const { outcome, labels, value } = observation;
  const isWell = value !== null && (outcome === 'well' || outcome === 'between');
  const stepMs = isWell && rule !== undefined ? stepOf(rule.condition) : undefined;
  if (rule === undefined || stepMs === undefined) return [];
  const name = `${rule.id} ${labels['scraper'] ?? ''}\0${labels['metric'] ?? ''}`;
  return [{ name, rule, observation, stepMs }];
}

/** Steps that say what windows of the rule say; undefined: there are none. */
function stepOf({ source, windowMs, aggregation, operator }: ThresholdCondition): number | undefined {
  if (source.from !== 'collector' || operator === '=' || operator === '!=') return undefined;
  const stepMs = Math.min(HOUR_MS, Math.max(SHORTEST_STEP_MS, windowMs));
  const isUsable = stepMs % MINUTE_MS === 0 && (stepMs === windowMs || !GROWS_WITH_TIME.has(aggregation));
  return isUsable ? stepMs : undefined;
}

function crossingOf(
  { rule: { condition }, stepMs }: Candidate,
  at: Date,
  recent: readonly StepValue[],
  hours: readonly StepValue[],
): number | undefined {
  const { operator, threshold, aggregation } = condition;
  const now = at.getTime();
  if (!GROWS_WITH_TIME.has(aggregation)) {
    return predictCrossing({
      ...{ now, stepMs, operator, threshold },
      recent: numbersOf(recent),
      hours: numbersOf(hours),
    });
  }
  const share = stepMs / HOUR_MS;
  return predictCrossing({
    ...{ now, stepMs, operator, threshold },
    recent: withEmpty(numbersOf(recent), stepMs, now),
    hours: withEmpty(numbersOf(hours), HOUR_MS, now).map((hour) => ({ ...hour, value: share * hour.value })),
  });
}

function numbersOf(steps: readonly StepValue[]): HourValue[] {
  return steps.flatMap(({ at, value }) => (value === null ? [] : [{ at: at.getTime(), value }]));
}

/** With the steps without events, of which counts and sums are 0, from the first one with some until now. */
function withEmpty(steps: readonly HourValue[], stepMs: number, now: number): HourValue[] {
  const values = new Map(steps.map(({ at, value }) => [at, value]));
  const begin = steps[0]?.at ?? now;
  return Array.from({ length: Math.floor((now - begin) / stepMs) }, (_, index) => {
    const at = begin + index * stepMs;
    return { at, value: values.get(at) ?? 0 };
  });
}
