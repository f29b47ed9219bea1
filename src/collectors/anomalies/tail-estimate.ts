/** Buckets of the histogram: eight per octave, from 2^-6 to 2^16 times the scale of the series. */
const PER_OCTAVE = 8;
const LOWEST_OCTAVE = -6;
const BUCKETS = 22 * PER_OCTAVE;
/** The tail is what this share of the values exceeds, and no fewer values than these. */
const TAIL_SHARE = 0.08;
const LEAST_IN_TAIL = 12;
/** What the shape of a tail is until its own values say otherwise: heavier than exponential, as measurements are. */
const PRIOR_SHAPE = 0.25;
const PRIOR_WEIGHT = 20;
const SHAPES = { least: 0.02, most: 0.8 };
/** What came so often may have been chance; of what came more often the law has no say. */
const CHANCES = 1.5;
/** Values fade over about so many newer ones. */
const MEMORY = 6_000;
/** The law of the tail is fitted anew after so many values. */
const REFIT_AFTER = 16;
/** Above this, weights are scaled back to ordinary numbers. */
const RESCALE_ABOVE = 1e12;

/**
 * How rare a value is among those before it: a histogram for the body, and beyond it the generalised Pareto law that
 * every tail tends to, by the moments of the logarithms (Dekkers, Einmahl and de Haan 1989), shrunk to a prior. Heavy
 * and light tails come to one measure that way, and one threshold serves all series.
 */
export class TailEstimate {
  private readonly weights = new Float32Array(BUCKETS);
  /** The same of values as they were: what comes again and again is known by its own size. */
  private readonly uncut = new Float32Array(BUCKETS);
  /** Weight from each bucket upwards, as of the last fit. */
  private readonly upwards = new Float32Array(BUCKETS);
  /** Answers of `exceededBy` since the last fit. */
  private readonly exceeded = new Map<number, number>();
  private total = 0;
  private weight = 1;
  private fittedTotal = 0;
  private unfitted = REFIT_AFTER;
  private threshold = 0;
  private share = 1;
  private shape = PRIOR_SHAPE;
  private spread = 1;

  /**
   * Takes a value >= 0 into account, as what is exceeded by `rarest` of all at the most. What is not news belongs to an
   * event that was counted when it began: a long event is not many.
   */
  add(value: number, rarest: number, isNews = true): void {
    const bucket = bucketOf(this.total > 0 ? Math.min(value, this.exceededBy(rarest)) : value);
    this.weights[bucket] = (this.weights[bucket] ?? 0) + this.weight;
    const own = bucketOf(value);
    if (isNews) this.uncut[own] = (this.uncut[own] ?? 0) + this.weight;
    this.total += this.weight;
    this.weight *= 1 + 1 / MEMORY;
    this.unfitted += 1;
    if (this.weight > RESCALE_ABOVE) this.rescale();
  }

  /** -log10 of the share of values that are as large: 4 is one in ten thousand. */
  surprise(value: number): number {
    if (!(value > 0)) return 0;
    this.fit();
    const seen = this.shareFrom(value);
    const share = value <= this.threshold ? seen : Math.max(this.shareBeyond(value), this.doubt(seen));
    return Math.max(0, -Math.log10(Math.max(share, 1e-300)));
  }

  /** The value that a share of them exceeds. */
  exceededBy(share: number): number {
    this.fit();
    const known = this.exceeded.get(share);
    if (known !== undefined) return known;
    const value = share >= this.share ? this.quantile(share) : this.quantileBeyond(share);
    this.exceeded.set(share, value);
    return value;
  }

  private quantileBeyond(share: number): number {
    const growth = (share / this.share) ** -this.shape - 1;
    return this.threshold + (this.spread * growth) / this.shape;
  }

  private shareBeyond(value: number): number {
    const excess = (value - this.threshold) / this.spread;
    return this.share * (1 + this.shape * excess) ** (-1 / this.shape);
  }

  /** What was seen in several events is not rarer than that, whatever the law says. */
  private doubt(seen: number): number {
    return seen - (CHANCES * this.weight) / (this.fittedTotal + this.weight);
  }

  private shareFrom(value: number): number {
    return ((this.upwards[bucketOf(value)] ?? 0) + this.weight) / (this.fittedTotal + this.weight);
  }

  private quantile(share: number): number {
    for (let bucket = BUCKETS - 1; bucket > 0; bucket -= 1) {
      if ((this.upwards[bucket] ?? 0) >= share * this.fittedTotal) return edgeOf(bucket);
    }
    return 0;
  }

  private fit(): void {
    if (this.unfitted < REFIT_AFTER) return;
    this.unfitted = 0;
    this.fittedTotal = this.total;
    this.exceeded.clear();
    const wanted = Math.max(TAIL_SHARE * this.total, LEAST_IN_TAIL * this.weight);
    let [below, above] = [0, 0];
    for (let sum = 0, upwards = 0, bucket = BUCKETS - 1; bucket >= 0; bucket -= 1) {
      const weight = this.weights[bucket] ?? 0;
      // Where most values are nothing at all, the tail is the others.
      if (sum < wanted && weight > 0 && bucket > 0) {
        below = bucket - 1;
        above = sum + weight;
      }
      sum += weight;
      upwards += this.uncut[bucket] ?? 0;
      this.upwards[bucket] = upwards;
    }
    this.threshold = edgeOf(below);
    // One more than was seen: what has not come yet is not impossible.
    this.share = Math.min(1, (above + this.weight) / (this.total + this.weight));
    if (above > 0) this.fitBeyond(below, above);
  }

  private fitBeyond(below: number, above: number): void {
    let first = 0;
    let second = 0;
    for (let bucket = below + 1; bucket < BUCKETS; bucket += 1) {
      const weight = (this.weights[bucket] ?? 0) / above;
      const log = ((bucket - below - 0.5) / PER_OCTAVE) * Math.LN2;
      first += weight * log;
      second += weight * log * log;
    }
    const light = 1 - 0.5 / Math.max(1e-3, 1 - (first * first) / second);
    const count = above / this.weight;
    const shape = (count * (first + light) + PRIOR_WEIGHT * PRIOR_SHAPE) / (count + PRIOR_WEIGHT);
    this.shape = Math.min(SHAPES.most, Math.max(SHAPES.least, shape));
    this.spread = Math.max(1e-9, this.threshold * first * (1 - Math.min(0, light)));
  }

  private rescale(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      this.weights[bucket] = (this.weights[bucket] ?? 0) / this.weight;
      this.uncut[bucket] = (this.uncut[bucket] ?? 0) / this.weight;
    }
    this.total /= this.weight;
    this.weight = 1;
    this.unfitted = REFIT_AFTER;
  }
}

function bucketOf(value: number): number {
  if (!(value > 0)) return 0;
  const bucket = Math.ceil((Math.log2(value) - LOWEST_OCTAVE) * PER_OCTAVE);
  return Math.min(BUCKETS - 1, Math.max(0, bucket));
}

function edgeOf(bucket: number): number {
  return 2 ** (bucket / PER_OCTAVE + LOWEST_OCTAVE);
}
