/** What a warm-up is about. */
export const WARMING_STRATEGIES = [
  'CRITICAL_ONLY',
  'HIGH_FREQUENCY',
  'RECENT_DATA',
  'COMPREHENSIVE',
] as const;

/** CRITICAL_ONLY, HIGH_FREQUENCY and RECENT_DATA run the tasks that name them; COMPREHENSIVE runs all. */
export type WarmingStrategy = (typeof WARMING_STRATEGIES)[number];

/** Programs in JavaScript may name any. */
export function isWarmingStrategy(value: unknown): value is WarmingStrategy {
  return (WARMING_STRATEGIES as readonly unknown[]).includes(value);
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long values live that a strategy warmed; undefined: as long as their own options say. */
export const STRATEGY_TTL_MS: Readonly<Record<WarmingStrategy, number | undefined>> = {
  CRITICAL_ONLY: 5 * MINUTE_MS,
  HIGH_FREQUENCY: 5 * MINUTE_MS,
  RECENT_DATA: 10 * MINUTE_MS,
  COMPREHENSIVE: undefined,
};

/** How far back RECENT_DATA reaches. */
export const RECENT_MS = 7 * DAY_MS;
