import type { Leak, LongRunningRow, PoolReport } from '../../pool/index.js';
import type { Json } from '../../platform/http/index.js';

/** What the routes of the connection pool answer to everybody but operators, who see more. */
export const POOL_EXAMPLES = {
  report: {
    answer: {
      active: 0,
      idle: 5,
      pending: 0,
      waiting: 0,
      max: 20,
      min: 5,
      utilisation: 0,
      acquireMs: { count: 491, mean: 0.8108, p50: 0.07001, p95: 0.4956, p99: 29.46, max: 77.25 },
      usageMs: { count: 491, mean: 14.9, p50: 4.242, p95: 43.91, p99: 212.5, max: 719.4 },
      creationMs: { count: 8, mean: 196.2, p50: 153.9, p95: 359.3, p99: 359.3, max: 359.3 },
      timeouts: 0,
      creationFailures: 0,
      connectionsLost: 0,
      connectionsRemoved: 0,
      openLeaks: 0,
      longRunning: 0,
      health: {
        checkedAt: '2026-05-04T09:30:00.000Z',
        idleChecked: 5,
        idleRemoved: 0,
        isServerUp: true,
        roundTripMs: 36.14,
        reason: null,
      },
      holders: [],
      replicas: [],
    } satisfies Json<PoolReport>,
  },
  leaks: {
    answer: [
      {
        id: 7,
        verdict: 'suspected',
        outcome: 'held',
        site: 'src/api/things.ts:42',
        stack: ['src/api/things.ts:42', 'src/api/things.controller.ts:17'],
        requestId: null,
        route: 'GET /api/things',
        job: null,
        tenantId: null,
        backendPid: 4242,
        lastSql: null,
        serverState: 'idle in transaction',
        blockedBy: [],
        detectedAt: '2026-05-04T09:30:00.000Z',
        heldMs: 61250,
        endedAt: null,
      },
    ] satisfies Json<readonly Leak[]>,
  },
  longRunning: {
    answer: [
      {
        backendPid: 4243,
        runningMs: 8120,
        sql: null,
        state: 'active',
        waitsFor: 'Lock: transactionid',
        blockedBy: [4242],
        applicationName: null,
        userName: null,
        holder: { site: null, requestId: null, route: 'GET /api/grid', job: null, tenantId: null },
        sparedAs: null,
        isCancelled: false,
      },
    ] satisfies Json<readonly LongRunningRow[]>,
  },
};
