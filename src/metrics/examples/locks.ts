import type { ContentionRow, LockReport } from '../../locks/index.js';
import type { Json } from '../../platform/http/index.js';

/** What the routes of locks answer to everybody but operators, who see whole names. */
export const LOCK_EXAMPLES = {
  report: {
    answer: {
      backend: 'process',
      held: [],
      counters: {
        acquired: 0,
        contended: 0,
        reentered: 0,
        released: 0,
        busy: 0,
        timedOut: 0,
        aborted: 0,
        deadlocks: 0,
        noQuorum: 0,
        lost: 0,
        extended: 0,
        extensionFailures: 0,
        releaseFailures: 0,
      },
      waitMs: { count: 0, p50: null, p95: null, p99: null },
      holdMs: { count: 0, p50: null, p95: null, p99: null },
    } satisfies Json<LockReport>,
  },
  contention: {
    query: { limit: 1 },
    answer: [
      {
        resource: 'account:*',
        waitingNow: 2,
        acquired: 118,
        timedOut: 1,
        deadlocks: 0,
        totalWaitMs: 5231,
        maxWaitMs: 812.4,
      },
    ] satisfies Json<readonly ContentionRow[]>,
  },
};
