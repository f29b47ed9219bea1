import type { JudgedStep, Judgement } from '../../collectors/index.js';
import type { AnomalyCondition } from '../model/condition.js';

/** For people: what was expected of a step, and what came. */
export function describeStep({ at, value, judgement }: JudgedStep): string {
  const { expected, lower, upper, side, isOdd } = judgement;
  const when = new Date(at).toISOString();
  const usual =
    expected === null
      ? 'nothing was expected yet'
      : `expected ${short(expected)}, usual is ${short(lower)} to ${short(upper)}`;
  const what = isOdd
    ? { above: 'above what is usual', below: 'below what is usual', stuck: 'stands still' }[side]
    : '';
  return `step ${when}: ${short(value)}${what === '' ? '' : ` ${what}`}; ${usual}`;
}

/** Whether a step is what the condition watches for. */
export function isBad({ direction }: AnomalyCondition, { isOdd, side }: Judgement): boolean {
  return isOdd && (direction === 'both' || direction === side);
}

function short(value: number | null): string {
  return value === null ? 'nothing' : String(Number(value.toPrecision(4)));
}
