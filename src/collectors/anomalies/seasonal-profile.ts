/** A change of habit is learned in about so many rounds of the season. */
const ROUNDS = 8;
/** In its first round a bin believes almost anything: it may be a weekend. */
const SETTLING = 1;
const SETTLING_CLAMP = 5;
/** So many rounds of nothing stand against what a bin has seen: what was seen once says little. */
const DOUBT = 0.5;

/** How a value is learned. */
export interface Lesson {
  readonly stepMs: number;
  readonly most: number;
}

/** What is usual at a time within a period: a value per bin, interpolated between the middles of two. */
export class SeasonalProfile {
  private readonly values: Float32Array;
  private readonly rounds: Float32Array;

  constructor(
    private readonly periodMs: number,
    private readonly binMs: number,
  ) {
    const bins = Math.max(1, Math.round(periodMs / binMs));
    this.values = new Float32Array(bins);
    this.rounds = new Float32Array(bins);
  }

  /** The usual value at a time; near `otherwise` where little was learned. */
  at(at: number, otherwise: number): number {
    const place = this.placeOf(at);
    const left = Math.floor(place) % this.values.length;
    const right = (left + 1) % this.values.length;
    const share = place - Math.floor(place);
    const [leftTrust, rightTrust] = [this.trust(left), this.trust(right)];
    const [leftWeight, rightWeight] = [(1 - share) * leftTrust, share * rightTrust];
    const weight = leftWeight + rightWeight;
    if (weight === 0) return otherwise;
    const mean = (leftWeight * (this.values[left] ?? 0) + rightWeight * (this.values[right] ?? 0)) / weight;
    // A bin that no step ever falls into takes nothing from its neighbour.
    const trust = Math.max(leftWeight && leftTrust, rightWeight && rightTrust);
    return otherwise + trust * (mean - otherwise);
  }

  /** Learns a value that stands for `stepMs`; what a bin knows moves by as much as `most` allows. */
  learn(at: number, value: number, { stepMs, most }: Lesson): void {
    const part = Math.min(1, stepMs / this.binMs);
    const bin = Math.round(this.placeOf(at)) % this.values.length;
    const rounds = Math.min(ROUNDS, (this.rounds[bin] ?? 0) + part);
    const before = this.values[bin] ?? 0;
    const change = clamp(value - before, rounds <= SETTLING ? SETTLING_CLAMP * most : most);
    this.rounds[bin] = rounds;
    this.values[bin] = before + (change * part) / rounds;
  }

  private trust(bin: number): number {
    const rounds = this.rounds[bin] ?? 0;
    return rounds / (rounds + DOUBT);
  }

  private placeOf(at: number): number {
    const phase = at % this.periodMs;
    return ((phase < 0 ? phase + this.periodMs : phase) / this.periodMs) * this.values.length;
  }
}

function clamp(change: number, most: number): number {
  return Math.min(most, Math.max(-most, change));
}
