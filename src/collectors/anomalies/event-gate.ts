/** A surprise of this share of the threshold still belongs to an event. */
const GOES_ON = 0.8;

/**
 * Makes one alarm of one event. While an event lasts, and for a while after, a score is only what a surprise exceeds
 * the event's largest one by, so that just an event on top of it rings again.
 */
export class EventGate {
  private since = Infinity;
  private peak = 0;

  constructor(private readonly threshold: number) {}

  /** Whether the next point, so many steps on, belongs to an event that has begun before. */
  isOpen(elapsed: number, quiet: number): boolean {
    return this.peak > 0 && this.since + elapsed < quiet;
  }

  /** The score of a surprise; an event ends after `quiet` steps without one. */
  score(surprise: number, elapsed: number, quiet: number): number {
    this.since += elapsed;
    if (this.since >= quiet) this.peak = 0;
    const score = Math.max(0, surprise - this.peak);
    const isEvent = this.peak > 0 ? surprise >= GOES_ON * this.threshold : surprise >= this.threshold;
    if (isEvent) {
      this.since = 0;
      this.peak = Math.max(this.peak, surprise);
    }
    return score;
  }
}
