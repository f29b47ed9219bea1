import type { FindingRule } from './finding.js';
import { rowsRead } from './scan-rows.js';

const LARGE_ROWS = 1_000;
/** Of more rows a scan of the whole is as good. */
const MOST_KEPT = 0.1;
const LEAST_SHARE = 0.05;

/** `(column = ...)`, `(column > ...)`: a comparison that an index knows, on a column as it is. */
const COMPARISON = /\(?(?:\w+\.)?("?[a-z_]\w*"?)(?:\)?::\w+)?\s*(=|<=|>=|<|>)\s*(?!ANY)/gi;

/** A table of which few rows are wanted, by columns that an index could hold. The index advisor looks deeper. */
export const missingIndex: FindingRule = (node, surroundings) => {
  const condition = node.conditions['Filter'];
  if (node.type !== 'Seq Scan' || node.relation === null || condition === undefined) return undefined;
  const read = rowsRead(node, surroundings);
  const kept = node.rows.actual ?? node.rows.planned;
  if (read < LARGE_ROWS || kept > read * MOST_KEPT || node.cost.share < LEAST_SHARE) return undefined;
  const columns = columnsOf(condition);
  if (columns.length === 0) return undefined;
  const table = node.schema === null ? node.relation : `${node.schema}.${node.relation}`;
  return {
    kind: 'missing-index',
    severity: 'warning',
    isMeasured: node.actual !== null,
    figures: {
      table,
      columns: columns.join(', '),
      rowsRead: read,
      rowsKept: kept,
      costShare: node.cost.share,
    },
    advice: `An index on ${table} (${columns.join(', ')}) would find these rows without reading the table. GET /metrics/index-suggestions weighs it against what writing it costs.`,
  };
};

/** Columns that are compared: equalities first, since an index goes on from those. */
function columnsOf(condition: string): readonly string[] {
  // Alternatives and negations need more than one index of this kind.
  if (/ OR |NOT \(|\bSubPlan\b/.test(condition)) return [];
  const found = [...condition.matchAll(COMPARISON)].map(([, column = '', operator = '']) => ({
    column,
    operator,
  }));
  const equalities = found.filter(({ operator }) => operator === '=');
  const ranges = found.filter(({ operator }) => operator !== '=');
  return [...new Set([...equalities, ...ranges.slice(0, 1)].map(({ column }) => column))].slice(0, 3);
}
