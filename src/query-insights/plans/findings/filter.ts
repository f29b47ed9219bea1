import type { FindingRule } from './finding.js';
import { rowsRead } from './scan-rows.js';

const MANY_ROWS = 1_000;
const MOST_KEPT = 0.1;

/** Conditions that throw most rows away after they were read. */
export const filter: FindingRule = (node, surroundings) => {
  const condition = node.conditions['Filter'] ?? node.conditions['Join Filter'];
  if (condition === undefined) return undefined;
  const read = rowsRead(node, surroundings);
  const loops = node.actual?.loops ?? 1;
  const kept = node.rows.actual ?? node.rows.planned;
  if (read * loops < MANY_ROWS || kept > read * MOST_KEPT) return undefined;
  return {
    kind: 'filter',
    severity: 'warning',
    isMeasured: node.actual !== null,
    figures: { rowsRead: read, rowsKept: kept, keptRatio: kept / read, loops, condition },
    advice:
      node.conditions['Filter'] === undefined
        ? 'The join compares rows and throws most pairs away. Give it an equality that it can look up, in place of the condition it can only try.'
        : 'Most of what is read is thrown away by the filter. Let an index hold the column of the filter as well, after those of the index condition.',
  };
};
