import { QueryPlanBusyError } from '../errors.js';

const MOST_WAITING = 16;

/** One after the other, in the order of arrival, and not too many. */
export class PlanQueue {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** @throws QueryPlanBusyError QUERY_PLAN_BUSY */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= MOST_WAITING) throw new QueryPlanBusyError(this.waiting);
    this.waiting += 1;
    const mine = this.last.then(work).finally(() => {
      this.waiting -= 1;
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }
}
