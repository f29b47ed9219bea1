import type { CacheCounters } from './counters.js';

/** Names of the counters. */
export type CounterName = {
  [Name in keyof CacheCounters]: CacheCounters[Name] extends number ? Name : never;
}[keyof CacheCounters];
/** Differences of counters over a window. */
export type CounterDeltas = Readonly<Record<CounterName, number>>;

const FINE_STEP_S = 1;
const COARSE_STEP_S = 10;
const FINE_SNAPSHOTS = 61;
const COARSE_SNAPSHOTS = 361;

/** What happened in the last minute, five minutes and hour: snapshots of all counters in two rings, 130 kB. */
export class Windows {
  private readonly names: readonly CounterName[];
  private readonly fine: Ring;
  private readonly coarse: Ring;
  private ticks = 0;

  constructor(private readonly counters: CacheCounters) {
    this.names = Object.keys(counters) as CounterName[];
    this.fine = new Ring(FINE_SNAPSHOTS, this.names.length);
    this.coarse = new Ring(COARSE_SNAPSHOTS, this.names.length);
    this.snapshot(this.fine);
    this.snapshot(this.coarse);
  }

  /** Once a second. */
  tick(): void {
    this.ticks += 1;
    if (this.ticks % FINE_STEP_S === 0) this.snapshot(this.fine);
    if (this.ticks % COARSE_STEP_S === 0) this.snapshot(this.coarse);
  }

  /** Since `seconds` ago, or since the start if that was later; windows above a minute are kept to 10 s. */
  since(seconds: number): CounterDeltas {
    const isFine = seconds < FINE_SNAPSHOTS;
    const before = isFine ? this.fine.ago(seconds / FINE_STEP_S) : this.coarse.ago(seconds / COARSE_STEP_S);
    const deltas = this.names.map(
      (name, index) => [name, this.counters[name] - (before[index] ?? 0)] as const,
    );
    return Object.fromEntries(deltas) as CounterDeltas;
  }

  /** Since the start. */
  totals(): CounterDeltas {
    return Object.fromEntries(this.names.map((name) => [name, this.counters[name]])) as CounterDeltas;
  }

  private snapshot(ring: Ring): void {
    const row = ring.next();
    for (const [index, name] of this.names.entries()) row[index] = this.counters[name];
  }
}

/** The last rows of numbers. */
class Ring {
  private readonly rows: Float64Array[];
  private last = -1;

  constructor(
    private readonly length: number,
    private readonly width: number,
  ) {
    this.rows = [];
  }

  /** The row to be written next; the oldest one is lost. */
  next(): Float64Array {
    this.last += 1;
    const row = this.rows[this.last % this.length] ?? new Float64Array(this.width);
    this.rows[this.last % this.length] = row;
    return row;
  }

  /** The row written `steps` before the last one, or the oldest one there is. */
  ago(steps: number): Float64Array {
    const oldest = Math.max(0, this.last - this.length + 1);
    const wanted = Math.max(oldest, this.last - Math.round(steps));
    return this.rows[wanted % this.length] ?? new Float64Array(this.width);
  }
}
