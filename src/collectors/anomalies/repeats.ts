/** A first repeat is never taken for rarer than this: any value may come twice by chance. */
const RAREST_START = 0.01;
/** A run is odd only when it is so many times longer than any before. */
const LONGER = 3;
/** A run is judged by no fewer points than these, its own left out: a source may be constant by nature. */
const LEAST_OTHERS = 72;
/** The longest run is forgotten slowly. */
const FADE = 0.9999;

/** Values that repeat exactly: a stuck source. What repeats by nature (constants, small counts) is soon ordinary. */
export class Repeats {
  private points = 0;
  private starts = 1;
  private chances = 0;
  private repeats = 0;
  private run = 0;
  private longest = 0;

  /** Takes the next value into account. -log10 of how likely a run as long as the present one was. */
  next(isSame: boolean): number {
    this.points += 1;
    if (this.run > 0) this.chances += 1;
    if (!isSame) {
      this.longest = Math.max(this.longest * FADE, this.run);
      this.run = 0;
      return 0;
    }
    if (this.run === 0) this.starts += 1;
    else this.repeats += 1;
    this.run += 1;
    const isJudged = this.points - this.run >= LEAST_OTHERS && this.run > LONGER * this.longest;
    return isJudged ? this.surprise() : 0;
  }

  /** By the runs before this one. */
  private surprise(): number {
    const own = this.run - 1;
    const goesOn = (this.repeats - own + 1) / (this.chances - own + 2);
    const begins = Math.max(RAREST_START, this.starts / this.points);
    return -Math.log10(begins) - own * Math.log10(goesOn);
  }
}
