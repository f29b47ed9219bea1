import { Clock, type Timer } from '../../src/kernel/clock.js';

interface Scheduled {
  readonly dueAt: number;
  readonly run: () => void;
}

/** A clock that stands still until `advance`. Both faces, wall and monotonic, move together. */
export class FakeClock extends Clock {
  private elapsedMs = 0;
  private readonly timers = new Set<Scheduled>();

  constructor(private readonly start = new Date('2026-01-01T00:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.start.getTime() + this.elapsedMs);
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { dueAt: this.elapsedMs + Math.max(0, delayMs), run };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  /** Timers that wait: to see that something is scheduled, or that nothing is left. */
  get pending(): number {
    return this.timers.size;
  }

  /**
   * Moves the time and runs each timer when its moment comes, also those that earlier ones set. Promises that
   * a timer resolves have run on before the next timer; real I/O has not: combine with `eventually`.
   */
  async advance(ms: number): Promise<void> {
    const until = this.elapsedMs + ms;
    await settle();
    for (let next = this.nextDue(until); next; next = this.nextDue(until)) {
      this.timers.delete(next);
      this.elapsedMs = next.dueAt;
      next.run();
      await settle();
    }
    this.elapsedMs = until;
  }

  /** The earliest timer up to `until`; of two at the same moment the one set first. */
  private nextDue(until: number): Scheduled | undefined {
    const due = [...this.timers].filter(({ dueAt }) => dueAt <= until);
    return due.sort((a, b) => a.dueAt - b.dueAt)[0];
  }
}

/** One turn of the event loop: every promise that can go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
