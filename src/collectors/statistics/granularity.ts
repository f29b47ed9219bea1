import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.js';
import type { Coarsest } from './tier-plan.js';

/** Steps of a chart: their length, the same as an SQL interval, and the coarsest tier they can be read from. */
export const GRANULARITIES = {
  '5m': { stepMs: 5 * MINUTE_MS, interval: '5 minutes', coarsest: 'raw' },
  '1h': { stepMs: HOUR_MS, interval: '1 hour', coarsest: 'hourly' },
  '1d': { stepMs: DAY_MS, interval: '1 day', coarsest: 'daily' },
} as const satisfies Record<string, { stepMs: number; interval: string; coarsest: Coarsest }>;

/** Step of a chart. */
export type Granularity = keyof typeof GRANULARITIES;
