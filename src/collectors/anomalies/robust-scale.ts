/** An error counts as at most so many times the scale: one outlier cannot blow it up, many slowly do. */
const CLIP = 3;
/** The first values set the scale by themselves. */
const SETTLING = 8;

/** Mean size of errors, forgetting, and moved little by outliers. Zero while nothing but zeros was seen. */
export class RobustScale {
  private mean = 0;
  private count = 0;

  get value(): number {
    return this.mean;
  }

  /** The largest size that counts. */
  get most(): number {
    return this.count < SETTLING || this.mean === 0 ? Infinity : CLIP * this.mean;
  }

  /** The error, no larger than an outlier is let count. */
  clip(error: number): number {
    return Math.min(this.most, Math.max(-this.most, error));
  }

  /** Takes an error into account; older ones fade over about `memory` newer ones. */
  add(error: number, memory: number): void {
    const size = Math.abs(this.clip(error));
    this.count += 1;
    this.mean += (size - this.mean) / Math.min(this.count, memory);
  }
}
