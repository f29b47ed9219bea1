import type { AlertView } from '../../alerting/index.js';
import type { Json } from '../../platform/http/index.js';

const ALERT = {
  id: '118',
  ruleId: '3',
  ruleName: 'Pool utilisation',
  fingerprint: '9f1c2b7a44d0e381',
  state: 'firing',
  stateSince: '2026-05-04T09:28:00.000Z',
  severity: 'warning',
  labels: { alertname: 'Pool utilisation', severity: 'warning' },
  summary: 'The pool is used by 90 %, more than 80 %.',
  detail: null,
  value: 0.9,
  startsAt: '2026-05-04T09:28:00.000Z',
  endsAt: null,
  predictedAt: null,
  runbookUrl: 'https://example.org/runbooks/pool-exhausted',
  isFlapping: false,
  acknowledgedAt: null,
  acknowledgedBy: null,
} satisfies Json<AlertView>;

/** What GET /metrics/alerts answers. */
export const ALERT_EXAMPLES = {
  list: {
    query: { state: 'firing', limit: 200 },
    answer: { success: true, data: [ALERT], meta: { nextCursor: null } },
  },
};
