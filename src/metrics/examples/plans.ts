import type { PlanReport } from '../../query-insights/index.js';
import type { Json } from '../../platform/http/index.js';

/** What POST /metrics/query-plan answers. */
export const PLAN_EXAMPLES = {
  explain: {
    request: { query: 'SELECT id, name FROM tenants WHERE name = $1', params: ['default'] },
    answer: {
      source: 'explain',
      plan: {
        id: '0',
        type: 'Seq Scan',
        role: null,
        schema: 'public',
        relation: 'tenants',
        alias: 'tenants',
        index: null,
        join: null,
        conditions: { Filter: "(tenants.name = 'default'::text)" },
        sortKeys: [],
        cost: { total: 19.38, self: 19.38, share: 1 },
        rows: { planned: 4, actual: null, removed: null },
        widthBytes: 40,
        actual: null,
        children: [],
      },
      findings: [],
      plannedAs: null,
      isGeneric: false,
      role: 'plimsoll',
      isConfirmed: true,
      settings: {
        work_mem: '8MB',
        plan_cache_mode: 'force_custom_plan',
        jit: 'off',
        search_path: '"pg_catalog", "public"',
      },
      decisionMs: 479,
      planningMs: null,
      executionMs: null,
    } satisfies Json<PlanReport>,
  },
};
