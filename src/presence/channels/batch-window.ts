import type { Clock, Timer } from '../../kernel/clock.js';

/**
 * Says when to flush: the first change after a quiet time at once (when what has been read from the sockets is
 * through, so that a burst leaves together), later ones once an interval. Never in the turn of the change itself:
 * whoever has just taken a snapshot sends it before the flush.
 */
export class BatchWindow {
  private timer: Timer | undefined;
  private notBeforeMs = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
    private readonly flush: () => void,
  ) {}

  /** Something changed. */
  touch(): void {
    this.timer ??= this.clock.after(Math.max(0, this.notBeforeMs - this.clock.monotonic()), () => {
      this.timer = undefined;
      this.notBeforeMs = this.clock.monotonic() + this.intervalMs;
      this.flush();
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
