/** An error counts as at most so many times the scale: one outlier cannot blow it up, many slowly do. */
const CLIP = 3;
/** The scale is at least this share of the mean that yields. */
const LEAST_SHARE = 0.5;
/** The first values set the scale by themselves. */
const SETTLING = 8;

/** Mean size of errors, forgetting, and moved little by outliers. Zero while nothing but zeros was seen. */
export class RobustScale {
  private mean = 0;
  /** A mean that yields to outliers: where most errors are nothing, the clipped one would fade away. */
  private loose = 0;
  private count = 0;

  get value(): number {
    return Math.max(this.mean, LEAST_SHARE * this.loose);
  }

  /** The largest size that counts. */
  get most(): number {
    return this.count < SETTLING || this.value === 0 ? Infinity : CLIP * this.value;
  }

  /** The error, no larger than an outlier is let count. */
  clip(error: number): number {
    return Math.min(this.most, Math.max(-this.most, error));
  }

  /** Takes an error into account; older ones fade over about `memory` newer ones. */
  add(error: number, memory: number): void {
    const size = Math.abs(this.clip(error));
    this.count += 1;
    const pace = Math.min(this.count, memory);
    this.mean += (size - this.mean) / pace;
    this.loose += (this.yielding(Math.abs(error)) - this.loose) / pace;
  }

  private yielding(size: number): number {
    if (this.count <= SETTLING || this.loose === 0) return size;
    return Math.min(size, Math.sqrt(size * CLIP * this.loose));
  }
}
