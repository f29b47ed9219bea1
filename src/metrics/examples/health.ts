import type { HealthReport } from '../../performance/index.js';
import type { Json } from '../../platform/http/index.js';

/** What GET /metrics/health answers. */
export const HEALTH_EXAMPLES = {
  health: {
    answer: {
      at: '2026-05-04T09:30:00.000Z',
      overall: { healthy: true, score: 72.14, status: 'good' },
      components: {
        database: {
          healthy: false,
          score: 57.14,
          status: 'degraded',
          indicators: [
            { indicator: 'unreachable', state: 'value', value: 0, unit: 'count', badness: 0 },
            { indicator: 'pool-utilisation', state: 'value', value: 0.9, unit: 'ratio', badness: 0.857 },
            { indicator: 'query-p95', state: 'insufficient', value: null, unit: 'ms', badness: null },
          ],
          deductions: [
            {
              indicator: 'pool-utilisation',
              value: 0.9,
              badness: 0.8571,
              points: 42.86,
              capPoints: 17.14,
              knots: { good: 0.6, bad: 0.95, weight: 30, scale: 'linear' },
            },
          ],
          noData: [],
          insufficientData: ['query-p95'],
        },
        cache: {
          healthy: true,
          score: 100,
          status: 'excellent',
          indicators: [
            { indicator: 'redis-latency', state: 'not-configured', value: null, unit: 'ms', badness: null },
          ],
          deductions: [],
          noData: [],
          insufficientData: [],
        },
      },
      issues: [
        {
          component: 'database',
          indicator: 'pool-utilisation',
          message:
            'The share of the connections of the pool that are in use is 90 %; good is 60 %, bad 95 %.',
          value: 0.9,
          unit: 'ratio',
          points: 42.86,
          runbook: 'docs/runbooks/pool-exhausted.md',
        },
      ],
      warnings: [],
      recommendations: [
        {
          component: 'database',
          indicator: 'pool-utilisation',
          advice:
            'See who holds them in GET /metrics/pool; raise DATABASE_POOL_MAX only when the server has room.',
          reason: 'The share of the connections of the pool that are in use is 90 %; good is 60 %, bad 95 %.',
          figures: { value: 0.9, unit: 'ratio', good: 0.6, bad: 0.95 },
          points: 42.86,
          runbook: 'docs/runbooks/pool-exhausted.md',
        },
      ],
    } satisfies Json<HealthReport>,
    texts: {
      'application/health+json':
        '{"status":"warn","description":"health score 72.1 of 100: good","checks":{"database:pool-utilisation":[{"status":"warn","observedValue":0.9,"observedUnit":"ratio","time":"2026-05-04T09:30:00.000Z"}]}}',
    },
  },
};
