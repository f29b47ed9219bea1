import type { Clock } from '../../kernel/clock.js';

const EVERY_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** Where lines for people go. */
export type Print = (line: string) => void;

/** Tells how far an upload is, once a second. */
export class Progress {
  private readonly startedAtMs: number;
  private shownAtMs: number;
  private sent = 0;

  constructor(
    private readonly total: number,
    private readonly clock: Clock,
    private readonly print: Print,
  ) {
    this.startedAtMs = clock.monotonic();
    this.shownAtMs = this.startedAtMs;
  }

  /** Counts rows that were handed to the connection. */
  add(rows: number): void {
    this.sent += rows;
    const now = this.clock.monotonic();
    if (now - this.shownAtMs < EVERY_MS) return;
    this.shownAtMs = now;
    const percent = Math.floor((100 * this.sent) / this.total);
    this.print(`${this.sent} of ${this.total} rows (${percent} %), ${this.rate(this.sent)} rows/s`);
  }

  /** An attempt begins anew: the server skips quickly what it has. */
  restart(): void {
    this.sent = 0;
  }

  /** Rows a second since the start, for `rows` done by now. */
  rate(rows: number): number {
    const elapsedMs = Math.max(1, this.clock.monotonic() - this.startedAtMs);
    return Math.round((rows * MS_PER_SECOND) / elapsedMs);
  }
}
