import { ROW_COUNT } from './keyspace.js';

/** The source of truth of a run: one order of all writes, because one process answers one question at a time. */
export class VersionedDatabase {
  loads = 0;
  private readonly versions = new Float64Array(ROW_COUNT);
  private last = 0;

  load(row: number): number {
    this.loads += 1;
    return this.versions[row] ?? 0;
  }

  /** Gives all these rows the next version. */
  write(rows: readonly number[]): number {
    this.last += 1;
    for (const row of rows) this.versions[row] = this.last;
    return this.last;
  }
}
