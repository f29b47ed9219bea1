import { type Judged, scoreComponent, scoreOverall } from '../../src/performance/health/score.js';
import type { Knots, Reading } from '../../src/platform/health/index.js';
import type { Random } from './random.js';

/** What is examined; the real functions, or broken ones to see that the laws notice. */
export interface Scorer {
  readonly component: typeof scoreComponent;
  readonly overall: typeof scoreOverall;
}

export const REAL: Scorer = { component: scoreComponent, overall: scoreOverall };

const TINY = 1e-9;
const STEP = 1e-4;
/** Weight (100 at most) and cap (100 points over half of the way) together, a step at a time. */
const STEEPEST = (100 + 200) * STEP;
const MOST_INDICATORS = 8;
const SATURATED_MOST = 40;

/** What a case violates, by the names of the laws; empty when all of them hold. */
export function violatedLaws({ component, overall }: Scorer, random: Random): string[] {
  const indicators = Array.from({ length: 1 + random.below(MOST_INDICATORS) }, (_, index) =>
    anyJudged(random, index),
  );
  const { score, deductions } = component(indicators);
  const points = deductions.reduce((sum, deduction) => sum + deduction.points, 0);
  const place = random.fraction() * 1.4 - 0.2;
  const at = random.below(indicators.length);
  const scoreAt = (share: number): number => component(withShare(indicators, at, share)).score;
  const fall = scoreAt(place) - scoreAt(place + STEP);
  const others = Array.from({ length: random.below(5) }, () => random.fraction() * 100);
  const whole = (of: number): number =>
    overall([of, ...others].map((one, index) => ({ score: one, weight: 5 + index })));
  const laws: Readonly<Record<string, boolean>> = {
    'within 0 and 100': score >= 0 && score <= 100,
    'deductions sum to what is missing': Math.abs(100 - score - points) < 1e-7,
    'no deduction is negative': deductions.every((deduction) => deduction.points >= 0),
    monotone: fall >= -TINY,
    continuous: fall <= STEEPEST + TINY,
    'one that is used up is seen': scoreAt(1) <= SATURATED_MOST + TINY,
    'without something vital there is nothing': indicators[at]?.knots.isVital !== true || scoreAt(1) < 1e-6,
    'nothing known is never better than good':
      component(withReading(indicators, at, NO_DATA)).score <= scoreAt(0) + TINY,
    'what is not there does not count':
      Math.abs(
        component(withReading(indicators, at, ABSENT)).score - component(indicators.toSpliced(at, 1)).score,
      ) < TINY,
    'the order does not count': Math.abs(component(indicators.toReversed()).score - score) < 1e-7,
    'the whole is within its parts':
      whole(score) >= Math.min(score, ...others) - TINY && whole(score) <= Math.max(score, ...others) + TINY,
    'the whole is monotone': whole(score) <= whole(Math.min(100, score + 1)) + TINY,
  };
  return Object.keys(laws).filter((law) => laws[law] !== true);
}

const NO_DATA: Reading = { kind: 'no-data', reason: 'away' };
const ABSENT: Reading = { kind: 'not-configured' };
const NONSENSE = [NaN, Infinity, -Infinity] as const;

function anyJudged(random: Random, index: number): Judged {
  const knots = anyKnots(random);
  return { name: `i${index}`, knots, reading: anyReading(random, knots) };
}

function anyKnots(random: Random): Knots {
  const isLog = random.below(3) === 0;
  const good = isLog ? 0.001 + random.fraction() * 100 : random.fraction() * 10;
  const width = isLog ? good * (0.1 + random.fraction() * 50) : 0.05 + random.fraction() * 5;
  const isFalling = !isLog && random.below(3) === 0;
  return {
    good,
    bad: isFalling ? good - width : good + width,
    weight: random.below(10) === 0 ? 0 : random.fraction() * 60,
    scale: isLog ? 'log' : 'linear',
    isVital: random.below(10) === 0,
  };
}

function anyReading(random: Random, knots: Knots): Reading {
  const kind = random.below(12);
  if (kind === 0) return NO_DATA;
  if (kind === 1) return ABSENT;
  if (kind === 2) return { kind: 'insufficient' };
  if (kind === 3) return { kind: 'value', value: random.of(NONSENSE) };
  return { kind: 'value', value: valueAt(knots, random.fraction() * 2 - 0.5) };
}

/** The value that is so far on the way from good (0) to bad (1). */
function valueAt({ good, bad, scale }: Knots, share: number): number {
  return scale === 'log' ? good * (bad / good) ** share : good + (bad - good) * share;
}

function withShare(indicators: readonly Judged[], at: number, share: number): Judged[] {
  return indicators.map((one, index) =>
    index === at ? { ...one, reading: { kind: 'value', value: valueAt(one.knots, share) } } : one,
  );
}

function withReading(indicators: readonly Judged[], at: number, reading: Reading): Judged[] {
  return indicators.map((one, index) => (index === at ? { ...one, reading } : one));
}
