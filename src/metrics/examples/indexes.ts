import type { IndexReport } from '../../query-insights/index.js';
import type { Json } from '../../platform/http/index.js';

/** What GET /metrics/index-suggestions answers. */
export const INDEX_EXAMPLES = {
  report: {
    query: { statements: 30 },
    answer: {
      source: 'pg_stat_statements',
      statements: 30,
      suggestions: [
        {
          tableName: 'orders',
          columns: ['tenant_id', 'created_at'],
          indexType: 'btree',
          estimatedImpact: 'high',
          reason: '2 statements read the whole table to find a few rows.',
          potentialSavings: '97 % of the cost of 2 statements',
          ddl: 'CREATE INDEX CONCURRENTLY ON orders (tenant_id, created_at);',
          method: 'model',
          confidence: 'medium',
          queriesHelped: [],
          writeCost: 'one more index to keep for each insert',
          makesRedundant: [],
          estimatedSizeBytes: 22364160,
          costBefore: 184200,
          costAfter: 5100,
          include: [],
        },
      ],
      findings: [],
      notExplained: [],
      rewrites: [],
    } satisfies Json<IndexReport>,
  },
};
