import { EVERYTHING } from './cells.js';
import type { Change } from './replica.js';

/** Cells and keys remembered one by one; with more, everything is invalidated instead. */
const MOST_REMEMBERED = 10_000;

/** Invalidations that Redis has not taken yet. Bounded: what overflows becomes one invalidation of everything. */
export class Journal {
  private cells = new Set<number>();
  private keys = new Set<string>();

  /** Invalidations that wait, cells and keys together. */
  get size(): number {
    return this.cells.size + this.keys.size;
  }

  add(change: Change): void {
    for (const cell of change.cells) this.cells.add(cell);
    for (const key of change.keys) this.keys.add(key);
    if (this.size > MOST_REMEMBERED || this.cells.has(EVERYTHING)) {
      this.cells = new Set([EVERYTHING]);
      this.keys = new Set();
    }
  }

  /** Takes everything out; what fails to be sent must be added again. */
  take(): Change {
    const change = { cells: [...this.cells], keys: [...this.keys] };
    this.cells = new Set();
    this.keys = new Set();
    return change;
  }
}
