import type { HistoryReport, PerformanceSummary } from '../../performance/index.js';
import type { Json } from '../../platform/http/index.js';

/** What GET /metrics/summary (and /api/performance) and /metrics/history answer. */
export const PERFORMANCE_EXAMPLES = {
  summary: {
    answer: {
      at: '2026-05-04T09:30:00.000Z',
      instanceId: '4790f610-5cf1-4d0e-9509-092dcf18c210',
      overall: { healthy: true, score: 93.4, status: 'excellent' },
      components: {
        database: { healthy: true, score: 100, status: 'excellent' },
        cache: { healthy: true, score: 98, status: 'excellent' },
      },
      issues: 0,
      warnings: 0,
      now: { 'overall.score': 93.4, 'database.pool-utilisation': 0.82, 'cache.redis-latency': null },
      recent: {
        'overall.score': [77.72, 61.86, 93.42, 78],
        'database.pool-utilisation': [0.004487, 0, 0.1, 78],
        'process.rssBytes': [207000000, 164634624, 210931712, 78],
      },
      installation: {
        at: '2026-05-04T09:30:00.000Z',
        instances: [
          { instanceId: '4790f610-5cf1-4d0e-9509-092dcf18c210', at: '2026-05-04T09:30:00.000Z', score: 93.4 },
        ],
        recent: { 'overall.score': [77.72, 61.86, 93.42, 78] },
        trends: [
          {
            series: 'database.pool-utilisation',
            slopePerHour: 0.06,
            level: 0.82,
            limit: 1,
            hoursToLimit: 3,
            message:
              'The share of the connections of the pool that are in use rises by 6 % an hour and is at 100 % in about 3 h.',
          },
        ],
      },
    } satisfies Json<PerformanceSummary>,
  },
  history: {
    query: { duration: 90, step: 30 },
    answer: {
      from: '2026-05-04T08:00:00.000Z',
      to: '2026-05-04T09:30:00.000Z',
      stepMinutes: 30,
      resolutionMinutes: 1,
      instances: 1,
      byInstance: [
        {
          instanceId: '4790f610-5cf1-4d0e-9509-092dcf18c210',
          from: '2026-05-04T08:00:00.000Z',
          to: '2026-05-04T09:30:00.000Z',
          series: { 'overall.score': [93.1, 88, 97.2, 5400] },
        },
      ],
      at: ['2026-05-04T08:00:00.000Z', '2026-05-04T08:30:00.000Z', '2026-05-04T09:00:00.000Z'],
      series: {
        'overall.score': { mean: [94.2, 93.1, 92], least: [91, 88, 89.5], greatest: [97.2, 96, 95] },
        'database.query-p95': { mean: [null, 31.2, 33], least: [null, 30, 30.5], greatest: [null, 35.4, 41] },
      },
      trends: [
        {
          series: 'database.pool-utilisation',
          slopePerHour: 0.06,
          level: 0.82,
          limit: 1,
          hoursToLimit: 3,
          message:
            'The share of the connections of the pool that are in use rises by 6 % an hour and is at 100 % in about 3 h.',
        },
      ],
    } satisfies Json<HistoryReport>,
  },
};
