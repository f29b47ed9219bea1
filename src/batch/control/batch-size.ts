/** What a chunk cost. */
export interface ChunkMeasure {
  readonly rows: number;
  /** Begin, checkpoint, commit: the same for any number of rows. */
  readonly fixedMs: number;
  readonly dataMs: number;
  readonly memoryDeltaBytes: number;
  /** Another transaction was in the way. */
  readonly hadLockError: boolean;
}

/** Rows of a chunk. */
export interface BatchSizeBounds {
  readonly least: number;
  readonly most: number;
  readonly first: number;
}

/** SPEC B3. */
const BOUNDS: BatchSizeBounds = { least: 100, most: 5_000, first: 1_000 };
const GROWS_BELOW_BYTES = 50_000_000;
const SHRINKS_ABOVE_BYTES = 200_000_000;

/** A chunk should take no longer: others wait for its row locks. */
const CHUNK_MS = 250;
/** Fixed cost that is worth saving, as a share of the data's. */
const OVERHEAD_SHARE = 0.05;
const REMEMBERED = 5;
const SLOW_FACTOR = 2;
const SLOW_SHRINK = 0.7;
const SHRINK = 0.5;

/**
 * Chooses how many rows a chunk has: enough for the fixed cost to be a twentieth, few enough for a quarter of a second;
 * both costs are medians of the last chunks. Grows to the double at most, and backs off when a chunk takes twice as
 * long as expected, takes much memory, or meets another transaction.
 */
export class AdaptiveBatchSize {
  private readonly bounds: BatchSizeBounds;
  private readonly fixedMs: number[] = [];
  private readonly rowMs: number[] = [];
  private size: number;

  constructor(bounds: Partial<BatchSizeBounds> = {}) {
    this.bounds = { ...BOUNDS, ...bounds };
    const { least, most, first } = this.bounds;
    this.size = Math.min(most, Math.max(least, first));
  }

  /** Rows of the next chunk. */
  get next(): number {
    return this.size;
  }

  record({ rows, fixedMs, dataMs, memoryDeltaBytes, hadLockError }: ChunkMeasure): void {
    if (hadLockError || memoryDeltaBytes > SHRINKS_ABOVE_BYTES) {
      this.resize(this.size * SHRINK);
      return;
    }
    if (rows === 0) return;
    const expectedMs = median(this.rowMs) * rows;
    const isSlow = this.rowMs.length >= 2 && dataMs > expectedMs * SLOW_FACTOR && dataMs > CHUNK_MS / 10;
    remember(this.fixedMs, fixedMs);
    remember(this.rowMs, dataMs / rows);
    if (isSlow) {
      this.resize(this.size * SLOW_SHRINK);
      return;
    }
    const best = this.best();
    if (best < this.size || memoryDeltaBytes < GROWS_BELOW_BYTES) this.resize(Math.min(best, this.size * 2));
  }

  private best(): number {
    const [fixed, row] = [median(this.fixedMs), median(this.rowMs)];
    if (row <= 0) return this.bounds.most;
    return Math.min(fixed / (OVERHEAD_SHARE * row), (CHUNK_MS - fixed) / row);
  }

  private resize(size: number): void {
    const { least, most } = this.bounds;
    this.size = Math.round(Math.min(most, Math.max(least, size)));
  }
}

function remember(values: number[], value: number): void {
  values.push(value);
  if (values.length > REMEMBERED) values.shift();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
