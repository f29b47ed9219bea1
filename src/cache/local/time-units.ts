/** 4 bytes of them last for 497 days. */
const UNIT_MS = 10;
/** The last one stands for Infinity. */
const LAST_UNIT = 2 ** 32 - 1;
/** Half of the range: times to live up to 248 days are kept as they are. */
const OUTGROWN_UNIT = 2 ** 31;
/** Older values that come from Redis look as if they were this old. */
const OLDEST_MS = 86_400_000;

/** Moments in 4 bytes: units of 10 ms from a base on, rounded down so that nothing is answered longer than asked. */
export class TimeUnits {
  private isBased = false;
  private baseMs = 0;

  /** Counts from a day before `nowMs`. False when moments kept so far mean others now, and have to be dropped. */
  cover(nowMs: number): boolean {
    if (this.isBased && this.exact(nowMs) < OUTGROWN_UNIT) return true;
    const isFirst = !this.isBased;
    this.isBased = true;
    this.baseMs = nowMs - OLDEST_MS;
    return isFirst;
  }

  /** Not rounded: to compare a moment with those kept. */
  exact(ms: number): number {
    return (ms - this.baseMs) / UNIT_MS;
  }

  toUnit(ms: number): number {
    if (ms === Infinity) return LAST_UNIT;
    return Math.min(LAST_UNIT - 1, Math.max(0, Math.floor(this.exact(ms))));
  }

  toMs(unit = 0): number {
    return unit === LAST_UNIT ? Infinity : unit * UNIT_MS + this.baseMs;
  }
}
