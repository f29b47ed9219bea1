import type { FindingRule } from './finding.js';
import { rowsRead } from './scan-rows.js';

/** A scan of fewer rows costs less than it would take to change anything. */
const LARGE_ROWS = 10_000;
const VERY_LARGE_ROWS = 1_000_000;

/** The whole of a large table is read. */
export const sequentialScan: FindingRule = (node, surroundings) => {
  if (node.type !== 'Seq Scan') return undefined;
  const read = rowsRead(node, surroundings);
  if (read < LARGE_ROWS) return undefined;
  const size = surroundings.sizes.get(`${node.schema ?? ''}.${node.relation ?? ''}`);
  const kept = node.rows.actual ?? node.rows.planned;
  const isFiltered = node.conditions['Filter'] !== undefined;
  return {
    kind: 'sequential-scan',
    severity: severityOf(read, isFiltered),
    isMeasured: node.actual !== null,
    figures: {
      rowsRead: read,
      rowsKept: kept,
      ...(size !== undefined && { tableBytes: size.bytes }),
      costShare: node.cost.share,
    },
    advice: adviceFor(node.relation ?? 'the table', read, isFiltered ? kept : undefined),
  };
};

function severityOf(read: number, isFiltered: boolean): 'info' | 'warning' | 'critical' {
  if (!isFiltered) return 'info';
  return read >= VERY_LARGE_ROWS ? 'critical' : 'warning';
}

/** @param kept undefined without a filter */
function adviceFor(table: string, read: number, kept: number | undefined): string {
  return kept === undefined
    ? `All ${count(read)} rows of ${table} are wanted, so an index cannot help: ask for fewer rows, or keep the result.`
    : `All ${count(read)} rows of ${table} are read to keep ${count(kept)}. An index on what the filter compares would read those alone.`;
}

function count(rows: number): string {
  return Math.round(rows).toLocaleString('en');
}
