import type { HealthIndicator, Knots, Reading } from '../../platform/health/index.js';
import { shownValue } from './shown-value.js';
import { type Band, bandOf } from './band.js';
import { type Deduction, judgeOne, scoreComponent, scoreOverall } from './score.js';

/** A value this bad is worth a warning, and this bad is an issue. */
const WARNING_FROM = 0.2;
const ISSUE_FROM = 0.5;

/** What each component counts in the whole. */
const WEIGHTS: Readonly<Record<HealthIndicator['component'], number>> = {
  database: 35,
  application: 25,
  cache: 20,
  locks: 10,
  batch: 5,
  gateway: 5,
};

/** A score from 0 to 100, and what it is called. Healthy: excellent or good. */
export interface Verdict {
  readonly healthy: boolean;
  readonly score: number;
  readonly status: Band;
}

/** An indicator as it is now. */
export interface IndicatorReport {
  readonly indicator: string;
  readonly state: Reading['kind'];
  /** Null unless the state is `value`. */
  readonly value: number | null;
  readonly unit: HealthIndicator['unit'];
  /** 0 to 1; null when it is not judged. */
  readonly badness: number | null;
}

/** A component, with everything that was taken off. */
export interface ComponentReport extends Verdict {
  readonly indicators: readonly IndicatorReport[];
  /** They sum to 100 - score. */
  readonly deductions: readonly Deduction[];
  /** Indicators that should have a value and have none; each counts as half bad. */
  readonly noData: readonly { readonly indicator: string; readonly reason: string }[];
  /** Indicators of which too little has happened to judge them. */
  readonly insufficientData: readonly string[];
}

/** Something that is not as it should be. */
export interface Finding {
  readonly component: string;
  readonly indicator: string;
  readonly message: string;
  /** Null: there was no data. */
  readonly value: number | null;
  readonly unit: HealthIndicator['unit'];
  /** Points of the component that it costs. */
  readonly points: number;
  readonly runbook: string;
}

/** What to do, most useful first. */
export interface HealthRecommendation {
  readonly component: string;
  readonly indicator: string;
  /** The next step. */
  readonly advice: string;
  /** What led to it, in words and as figures. */
  readonly reason: string;
  readonly figures: {
    readonly value: number | null;
    readonly unit: HealthIndicator['unit'];
    readonly good: number;
    readonly bad: number;
  };
  /** Points of the component there are to win. */
  readonly points: number;
  readonly runbook: string;
}

/** How the instance is. */
export interface HealthReport {
  readonly at: Date;
  readonly overall: Verdict;
  readonly components: Readonly<Record<string, ComponentReport>>;
  readonly issues: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly recommendations: readonly HealthRecommendation[];
}

interface Read {
  readonly indicator: HealthIndicator;
  readonly reading: Reading;
}

/** Judges all indicators as they are now. */
export function reportHealth(indicators: readonly HealthIndicator[], at: Date): HealthReport {
  const reads = indicators.map((indicator) => ({ indicator, reading: readSafely(indicator) }));
  const names = new Set(indicators.map(({ component }) => component));
  const components = [...names].map((name) => {
    const of = reads.filter(({ indicator }) => indicator.component === name);
    return { name, of, ...judge(of) };
  });
  const overall = scoreOverall(components.map(({ name, score }) => ({ score, weight: WEIGHTS[name] })));
  const findings = components.flatMap(({ of, deductions }) => findingsOf(of, deductions));
  const bad = findings.toSorted((a, b) => b.finding.points - a.finding.points);
  return {
    at,
    overall: verdictOf(overall),
    components: Object.fromEntries(components.map((component) => [component.name, reportOf(component)])),
    issues: bad.filter(({ badness }) => badness >= ISSUE_FROM).map(({ finding }) => finding),
    warnings: bad.filter(({ badness }) => badness < ISSUE_FROM).map(({ finding }) => finding),
    recommendations: bad.map(({ finding, advice, knots: { good, bad: worst } }) => {
      const { component, indicator, message: reason, value, unit, points, runbook } = finding;
      const figures = { value, unit, good, bad: worst };
      return { component, indicator, advice, reason, figures, points, runbook };
    }),
  };
}

function readSafely(indicator: HealthIndicator): Reading {
  try {
    const reading = indicator.read();
    const isNumber = reading.kind !== 'value' || Number.isFinite(reading.value);
    return isNumber ? reading : { kind: 'no-data', reason: 'not a finite number' };
  } catch {
    return { kind: 'no-data', reason: 'reading it failed' };
  }
}

function judge(reads: readonly Read[]): { score: number; deductions: readonly Deduction[] } {
  return scoreComponent(
    reads.map(({ indicator, reading }) => ({ name: indicator.name, knots: indicator.knots, reading })),
  );
}

function reportOf(component: {
  readonly of: readonly Read[];
  readonly score: number;
  readonly deductions: readonly Deduction[];
}): ComponentReport {
  const { of, score, deductions } = component;
  return {
    ...verdictOf(score),
    indicators: of.map((read) => indicatorReport(read)),
    deductions,
    noData: of.flatMap(({ indicator, reading }) =>
      reading.kind === 'no-data' ? [{ indicator: indicator.name, reason: reading.reason }] : [],
    ),
    insufficientData: of.flatMap(({ indicator, reading }) =>
      reading.kind === 'insufficient' ? [indicator.name] : [],
    ),
  };
}

function indicatorReport({ indicator, reading }: Read): IndicatorReport {
  const { name, unit, knots } = indicator;
  const judged = judgeOne({ name, knots, reading });
  return {
    indicator: name,
    state: reading.kind,
    value: judged?.value ?? null,
    unit,
    badness: judged?.badness ?? null,
  };
}

function verdictOf(score: number): Verdict {
  const status = bandOf(score);
  return { healthy: status === 'excellent' || status === 'good', score, status };
}

interface Judgement {
  readonly finding: Finding;
  readonly badness: number;
  readonly advice: string;
  readonly knots: Knots;
}

function findingsOf(reads: readonly Read[], deductions: readonly Deduction[]): Judgement[] {
  return deductions.flatMap(({ indicator: name, value, badness, points }) => {
    const indicator = reads.find((read) => read.indicator.name === name)?.indicator;
    if (indicator === undefined || badness < WARNING_FROM) return [];
    const { component, unit, runbook, advice, knots } = indicator;
    const message = messageOf(indicator, value);
    return [
      {
        finding: { component, indicator: name, message, value, unit, points, runbook },
        badness,
        advice,
        knots,
      },
    ];
  });
}

function messageOf({ title, unit, knots }: HealthIndicator, value: number | null): string {
  if (value === null) return `${title}: there is no data.`;
  return `${title} is ${shownValue(value, unit)}; good is ${shownValue(knots.good, unit)}, bad ${shownValue(knots.bad, unit)}.`;
}
