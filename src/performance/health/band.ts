/** How a score is called: from 90 excellent, from 70 good, from 50 degraded, else critical. */
export type Band = 'excellent' | 'good' | 'degraded' | 'critical';

const FLOORS: readonly (readonly [band: Band, floor: number])[] = [
  ['excellent', 90],
  ['good', 70],
  ['degraded', 50],
  ['critical', 0],
];

/** A band is left only so many points beyond its edge, by whoever tells people about it. */
const HYSTERESIS_POINTS = 2;

/** @param score 0 to 100 */
export function bandOf(score: number): Band {
  return FLOORS.find(([, floor]) => score >= floor)?.[0] ?? 'critical';
}

/** The band that is told: it stays while the score is near the edge that it has crossed. */
export function steadyBandOf(score: number, told: Band | undefined): Band {
  if (told === undefined) return bandOf(score);
  const isBetter = bandOf(score - HYSTERESIS_POINTS) !== told && score >= floorOf(told);
  const isWorse = bandOf(score + HYSTERESIS_POINTS) !== told && score < floorOf(told);
  return isBetter ? bandOf(score - HYSTERESIS_POINTS) : isWorse ? bandOf(score + HYSTERESIS_POINTS) : told;
}

function floorOf(band: Band): number {
  return FLOORS.find(([name]) => name === band)?.[1] ?? 0;
}
