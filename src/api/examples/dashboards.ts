import type { Dashboard } from '../../dashboards/index.js';
import type { Json } from '../../platform/http/index.js';

const DEFINITION = {
  name: 'Prices of shops',
  sharing: 'read',
  sections: ['stats', { name: 'chart', granularity: '1h' }],
  filters: { scraper: 'shop' },
  timeRange: { timeWindow: '7d' },
  layoutId: '12',
} as const;
const DASHBOARD = {
  id: '5',
  ...DEFINITION,
  owner: '8q5ypezfihth',
  version: 3,
  createdAt: '2026-05-04T09:28:00.000Z',
  updatedAt: '2026-05-04T10:02:11.318Z',
} satisfies Json<Dashboard>;

/** What the routes of dashboards take and answer. */
export const DASHBOARD_EXAMPLES = {
  create: { request: DEFINITION, answer: { ...DASHBOARD, version: 1 } },
  list: {
    query: { search: 'prices', owner: 'me' },
    answer: { success: true, data: [DASHBOARD], meta: { nextCursor: null } },
  },
  get: { answer: DASHBOARD },
  replace: { request: DEFINITION, answer: DASHBOARD },
  change: { request: { sharing: 'edit' }, answer: { ...DASHBOARD, sharing: 'edit', version: 4 } },
  delete: { request: { version: 3 } },
};
