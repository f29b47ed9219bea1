import type { Condition, ThresholdCondition } from '../model/condition.js';
import type { AlertRule } from '../model/rule.js';

const SECOND_MS = 1_000;
const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [SECOND_MS, 's'],
] as const;
const LONGEST = 500;

/** What people read first of an alert: the rule's own words, or its condition in words. */
export function summaryOf(rule: Pick<AlertRule, 'name' | 'summary' | 'condition'>): string {
  return bounded(rule.summary ?? `${rule.name}: ${conditionInWords(rule.condition)}`);
}

/** The value against its level. */
export function detailOf(value: number | null, { operator, threshold }: ThresholdCondition): string {
  if (value === null) return 'nothing was measured in the window';
  if (!Number.isFinite(value)) return 'what was measured is no finite number';
  return `${numberInWords(value)}, bad when ${operator} ${numberInWords(threshold)}`;
}

/** Cut to what a column of the alert takes. */
export function bounded(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function conditionInWords(condition: Condition): string {
  switch (condition.kind) {
    case 'threshold': {
      const { source, aggregation, windowMs, operator, threshold } = condition;
      const what = source.from === 'own' ? source.signal : source.measure;
      return `${aggregation} of ${what} over ${duration(windowMs)} is ${operator} ${numberInWords(threshold)}`;
    }
    case 'anomaly':
      return `${condition.aggregation} of ${condition.source.measure} in ${duration(condition.stepMs)} is not as usual`;
    case 'burn-rate':
      return `the error budget burns ${numberInWords(condition.factor)} times too fast over ${duration(condition.longWindowMs)}`;
  }
}

function numberInWords(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function duration(ms: number): string {
  const [unitMs, unit] = UNITS.find(([length]) => ms >= length && ms % length === 0) ?? [SECOND_MS, 's'];
  return `${numberInWords(ms / unitMs)} ${unit}`;
}
