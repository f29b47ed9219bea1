import type { HealthIndicator } from '../../platform/health/index.js';

/** A value of an indicator for people: `95 %`, `200 ms`, `3`. */
export function shownValue(value: number, unit: HealthIndicator['unit']): string {
  const digits = (number: number): string => String(Number(number.toPrecision(3)));
  if (unit === 'ratio') return `${digits(value * 100)} %`;
  return unit === 'ms' ? `${digits(value)} ms` : digits(value);
}
