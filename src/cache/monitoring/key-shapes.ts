import { keyShape } from '../keys.js';

const MOST_SHAPES = 200;
const OTHER = 'other';

/** What is known of the keys of one form, since the start. */
export interface ShapeReport {
  /** `account:*:*`; "other" for what exceeds 200 forms. */
  readonly shape: string;
  /** Hits in the process (estimated from a sample), in Redis, and loads. */
  readonly l1Hits: number;
  readonly l2Hits: number;
  readonly loads: number;
  readonly staleServed: number;
  /** Reads that came less than a TTL after the end of an entry. */
  readonly expiredSoon: number;
  /** Of all reads counted here, 0 to 1; null without any. */
  readonly hitRatio: number | null;
  readonly stores: number;
  readonly meanBytes: number | null;
  readonly meanTtlMs: number | null;
  readonly meanLoadMs: number | null;
}

interface Shape {
  l1Hits: number;
  l2Hits: number;
  loads: number;
  loadMs: number;
  staleServed: number;
  expiredSoon: number;
  stores: number;
  bytes: number;
  ttlMs: number;
}

/** The table of key forms. Bounded. */
export class KeyShapes {
  private readonly shapes = new Map<string, Shape>();

  countHits(key: string, hits: number): void {
    this.of(key).l1Hits += hits;
  }

  countRead(key: string, tier: 'l2' | 'loader' | 'stale', ms: number): void {
    const shape = this.of(key);
    if (tier === 'l2') shape.l2Hits += 1;
    else if (tier === 'stale') shape.staleServed += 1;
    else {
      shape.loads += 1;
      shape.loadMs += ms;
    }
  }

  countExpiredSoon(key: string): void {
    this.of(key).expiredSoon += 1;
  }

  countStore(key: string, bytes: number, ttlMs: number): void {
    const shape = this.of(key);
    shape.stores += 1;
    shape.bytes += bytes;
    shape.ttlMs += ttlMs;
  }

  /** Most read first. */
  report(): ShapeReport[] {
    const rows = [...this.shapes].map(([name, shape]) => toRow(name, shape));
    const reads = (row: ShapeReport): number => row.l1Hits + row.l2Hits + row.loads;
    return rows.sort((one, other) => reads(other) - reads(one));
  }

  private of(key: string): Shape {
    const name = keyShape(key).slice(0, 200);
    const known = this.shapes.get(name);
    if (known !== undefined) return known;
    const kept = this.shapes.size < MOST_SHAPES ? name : OTHER;
    const shape = this.shapes.get(kept) ?? {
      l1Hits: 0,
      l2Hits: 0,
      loads: 0,
      loadMs: 0,
      staleServed: 0,
      expiredSoon: 0,
      stores: 0,
      bytes: 0,
      ttlMs: 0,
    };
    this.shapes.set(kept, shape);
    return shape;
  }
}

function toRow(shape: string, counts: Shape): ShapeReport {
  const { l1Hits, l2Hits, loads, loadMs, staleServed, expiredSoon, stores, bytes, ttlMs } = counts;
  const hits = l1Hits + l2Hits + staleServed;
  const mean = (sum: number, count: number): number | null => (count === 0 ? null : Math.round(sum / count));
  return {
    shape,
    l1Hits,
    l2Hits,
    loads,
    staleServed,
    expiredSoon,
    hitRatio: hits + loads === 0 ? null : hits / (hits + loads),
    stores,
    meanBytes: mean(bytes, stores),
    meanTtlMs: mean(ttlMs, stores),
    meanLoadMs: mean(loadMs, loads),
  };
}
