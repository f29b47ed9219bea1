/** Keys remembered; a dependency that was forgotten is looked up in Redis. */
const MOST_KEYS = 10_000;

/**
 * The cells of values that have any, for values that are computed from them and inherit them: the value itself may
 * have left the process by then. Bounded: oldest out.
 */
export class Lineage {
  private readonly cells = new Map<string, readonly number[]>();

  of(key: string): readonly number[] | undefined {
    return this.cells.get(key);
  }

  note(key: string, cells: readonly number[]): void {
    this.cells.delete(key);
    if (cells.length === 0) return;
    this.cells.set(key, cells);
    for (const oldest of this.cells.keys()) {
      if (this.cells.size <= MOST_KEYS) break;
      this.cells.delete(oldest);
    }
  }
}
