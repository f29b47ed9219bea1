/** Evaluations that are looked back upon. */
export const REMEMBERED = 21;
/** An alert flaps from this weighted share of changes on, and is steady again below the other one. */
const FLAPS_FROM = 0.2;
const STEADY_BELOW = 0.05;
/** The newest change counts this much, the oldest that much. */
const NEWEST_WEIGHT = 1.25;
const OLDEST_WEIGHT = 0.75;

/** `recent` with one more evaluation. */
export function remember(recent: string, isBad: boolean): string {
  return `${recent}${isBad ? '1' : '0'}`.slice(-REMEMBERED);
}

/**
 * The share of evaluations that differ from the one before, newer ones weighing more. Weights and levels are those of
 * Nagios (base/flapping.c, low_service_flap_threshold 5 %, high_service_flap_threshold 20 %): changes that have not
 * been seen yet count as none, so that a new series does not flap at once.
 */
export function changeShare(recent: string): number {
  const places = REMEMBERED - 1;
  const offset = REMEMBERED - recent.length;
  let weighted = 0;
  for (let index = 1; index < recent.length; index += 1) {
    if (recent[index] === recent[index - 1]) continue;
    const place = offset + index - 1;
    weighted += OLDEST_WEIGHT + ((NEWEST_WEIGHT - OLDEST_WEIGHT) * place) / (places - 1);
  }
  return weighted / places;
}

/** Whether it begins to flap, or goes on to. */
export function flaps(recent: string, isFlapping: boolean): boolean {
  return changeShare(recent) >= (isFlapping ? STEADY_BELOW : FLAPS_FROM);
}
