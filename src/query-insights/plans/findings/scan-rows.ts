import type { PlanNode } from '../plan-tree.js';
import { type PlanSurroundings, rowsOf } from './finding.js';

/** Rows that a scan reads in one execution: those that it throws away included. */
export function rowsRead(node: PlanNode, { sizes }: PlanSurroundings): number {
  if (node.rows.removed !== null) return rowsOf(node) + node.rows.removed;
  const size = sizes.get(`${node.schema ?? ''}.${node.relation ?? ''}`);
  return Math.max(node.rows.planned, node.type === 'Seq Scan' ? (size?.rows ?? 0) : 0);
}
