import { CELL_COUNT, EVERYTHING, structuralCells } from './cells.js';

/** What one invalidation is about, on the wire: cells of names, and keys to drop. */
export interface Change {
  readonly cells: readonly number[];
  readonly keys: readonly string[];
}

/** What this process holds and must let go of at once. */
export interface Holdings {
  dropKeys(keys: readonly string[]): void;
  dropAll(): void;
}

/**
 * This process's copy of the shared invalidation clock. Two tables, a number per cell each: the shared sequence
 * of the cell's last invalidation, for values from Redis (they carry the sequence as of which they were loaded);
 * and the local tick of it, for entries of this process (they carry the tick at which their load began). The tick
 * counts what was applied here, so it also orders invalidations made without Redis. Danger: an invalidation that
 * is applied late makes a value stale, one applied twice only costs a reload.
 */
export class Replica {
  /** Identity of the shared clock; empty before the first contact. Sequences of two epochs have no order. */
  epoch = '';
  /** Every invalidation up to this sequence has been applied. */
  applied = 0;
  /** How often it began anew; cells read before the last time say nothing. */
  restarts = 0;
  /** Local invalidations so far; an entry that was compared at this tick needs no comparison. */
  tick = 1;

  private readonly sequences = new Float64Array(CELL_COUNT);
  private readonly ticks = new Float64Array(CELL_COUNT);
  /** Applied before their turn: sequences this process was given for its own invalidations. */
  private readonly ahead = new Set<number>();
  /** Values older than this cannot be judged: the cells from before were not read. */
  private judgedFrom = 0;

  constructor(private readonly holdings: Holdings) {}

  /** Invalidates in this process alone, whatever becomes of Redis. */
  applyLocally({ cells, keys }: Change): void {
    this.tick += 1;
    for (const cell of cells) this.ticks[cell] = this.tick;
    if (cells.includes(EVERYTHING)) this.holdings.dropAll();
    this.holdings.dropKeys(keys);
  }

  /**
   * An invalidation from the log. Anything but the next one in order is the caller's to replay. Without a change:
   * whether all up to `sequence` is known.
   */
  apply(sequence: number, change: Change | undefined): 'applied' | 'known' | 'gap' {
    if (sequence <= this.applied) return 'known';
    if (change === undefined || sequence !== this.applied + 1) return 'gap';
    this.mark(sequence, change);
    this.advanceTo(sequence);
    return 'applied';
  }

  /** An invalidation of this process, which learns its sequence before the log brings it. */
  applyOwn(epoch: string, sequence: number, change: Change): void {
    if (epoch !== this.epoch) return this.applyLocally(change);
    if (sequence <= this.applied) return;
    this.mark(sequence, change);
    this.ahead.add(sequence);
    this.advanceTo(this.applied);
  }

  /**
   * Takes over another clock, or another position of the same one: nothing in this process can be judged any
   * more, and nothing shared before `sequence` until `learn` and `complete` brought the cells.
   */
  restart(epoch: string, sequence: number): void {
    this.restarts += 1;
    this.epoch = epoch;
    this.applied = sequence;
    this.judgedFrom = sequence;
    this.sequences.fill(0);
    this.ahead.clear();
    this.applyLocally({ cells: [EVERYTHING], keys: [] });
  }

  /** The cells as they are in Redis; sequences applied meanwhile stay. */
  learn(cells: Iterable<readonly [cell: number, sequence: number]>): void {
    for (const [cell, sequence] of cells) {
      if (sequence > (this.sequences[cell] ?? 0)) this.sequences[cell] = sequence;
    }
  }

  /** All cells of this clock have been learnt. */
  complete(): void {
    this.judgedFrom = 0;
  }

  /** Whether nothing invalidated an entry of this process since `tick`. O(names of the entry). */
  isCurrent(key: string, tick: number, cells: readonly number[] | undefined): boolean {
    if (tick === this.tick) return true;
    if (this.after(EVERYTHING, tick)) return false;
    const [entity, id] = structuralCells(key);
    if (this.after(entity, tick) || this.after(id, tick)) return false;
    if (cells !== undefined) for (const cell of cells) if (this.after(cell, tick)) return false;
    return true;
  }

  /** Whether a value from Redis is valid: of this epoch, and no name of it was invalidated after `asOf`. */
  isValid(key: string, epoch: string, asOf: number, cells: readonly number[]): boolean {
    if (epoch !== this.epoch || asOf < this.judgedFrom) return false;
    const isOlder = (cell: number): boolean => (this.sequences[cell] ?? 0) > asOf;
    if (isOlder(EVERYTHING) || structuralCells(key).some(isOlder)) return false;
    return !cells.some(isOlder);
  }

  /** For audits: whether an invalidation of `cell` with this number should have been applied here, and was not. */
  hasMissed(cell: number, sequence: number): boolean {
    return sequence <= this.applied && sequence > (this.sequences[cell] ?? 0);
  }

  private after(cell: number, tick: number): boolean {
    return (this.ticks[cell] ?? 0) > tick;
  }

  private mark(sequence: number, change: Change): void {
    for (const cell of change.cells) {
      if (sequence > (this.sequences[cell] ?? 0)) this.sequences[cell] = sequence;
    }
    this.applyLocally(change);
  }

  private advanceTo(sequence: number): void {
    this.applied = sequence;
    while (this.ahead.delete(this.applied + 1)) this.applied += 1;
  }
}
