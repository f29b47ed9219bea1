import type { HealthReport, IndicatorReport } from '../performance/index.js';

type Status = 'pass' | 'warn' | 'fail';

interface Check {
  readonly status: Status;
  readonly observedValue?: number;
  readonly observedUnit: string;
  readonly time: string;
}

/** Health as machines ask for it: draft-inadarei-api-health-check-06. */
export interface HealthJson {
  /** fail is answered with 503, as the draft demands. */
  readonly status: Status;
  readonly description: string;
  readonly checks: Readonly<Record<string, readonly Check[]>>;
}

const WARN_FROM = 0.2;
const FAIL_AT = 1;

export function toHealthJson({ overall, components, at }: HealthReport): HealthJson {
  const time = at.toISOString();
  const checks = Object.entries(components).flatMap(([component, { indicators }]) =>
    indicators
      .filter(({ state }) => state === 'value' || state === 'no-data')
      .map((indicator) => [`${component}:${indicator.indicator}`, [checkOf(indicator, time)]] as const),
  );
  return {
    status: overall.healthy ? 'pass' : overall.status === 'critical' ? 'fail' : 'warn',
    description: `health score ${overall.score.toFixed(1)} of 100: ${overall.status}`,
    checks: Object.fromEntries(checks),
  };
}

function checkOf({ value, badness, unit }: IndicatorReport, time: string): Check {
  const bad = badness ?? 0;
  return {
    status: bad >= FAIL_AT ? 'fail' : bad >= WARN_FROM ? 'warn' : 'pass',
    ...(value !== null && { observedValue: value }),
    observedUnit: unit,
    time,
  };
}
