import type { PlanNode } from '../plan-tree.js';
import { type FindingRule, type NodeFinding, rowsOf } from './finding.js';

/** What a row in a sort or a hash takes beside its own bytes. */
const ROW_OVERHEAD_BYTES = 24;
const BLOCK_BYTES = 8_192;

/** A sort or a hash that needs more than work_mem goes to disk. */
export const spill: FindingRule = (node, { workMemBytes }) => {
  const isSort = node.type === 'Sort' || node.type === 'Incremental Sort';
  const isHash = node.type === 'Hash' || (node.type === 'Aggregate' && node.actual?.hashBatches !== null);
  if (!isSort && !isHash && node.type !== 'Materialize') return undefined;
  return node.actual === null ? predicted(node, workMemBytes) : measured(node, workMemBytes);
};

function measured(node: PlanNode, workMemBytes: number): NodeFinding | undefined {
  const { actual } = node;
  if (actual === null) return undefined;
  const isOnDisk = actual.sortSpaceType === 'Disk' || (actual.hashBatches ?? 1) > 1;
  if (!isOnDisk) return undefined;
  const bytes =
    actual.sortSpaceType === 'Disk'
      ? (actual.sortSpaceKb ?? 0) * 1_024
      : actual.temporaryBlocks * BLOCK_BYTES;
  return {
    kind: 'spill',
    severity: 'warning',
    isMeasured: true,
    figures: {
      diskBytes: bytes,
      workMemBytes,
      ...(actual.hashBatches !== null && { batches: actual.hashBatches }),
    },
    advice: adviceFor(node),
  };
}

function predicted(node: PlanNode, workMemBytes: number): NodeFinding | undefined {
  // A plan alone does not say that an aggregate hashes on disk, or that a LIMIT keeps a sort small.
  if (node.type !== 'Sort' && node.type !== 'Hash') return undefined;
  const input = node.children[0] ?? node;
  const bytes = rowsOf(input) * (input.widthBytes + ROW_OVERHEAD_BYTES);
  if (bytes <= workMemBytes) return undefined;
  return {
    kind: 'spill',
    severity: 'info',
    isMeasured: false,
    figures: { predictedBytes: bytes, workMemBytes, plannedRows: rowsOf(input) },
    advice: `Predicted from the planner's guess of rows and width, not measured. ${adviceFor(node)}`,
  };
}

function adviceFor({ type }: PlanNode): string {
  return type === 'Hash' || type === 'Aggregate'
    ? 'The hash does not fit into work_mem and is done in parts on disk. Filter earlier or select fewer columns; or raise work_mem for this statement (SET LOCAL work_mem).'
    : 'The sort does not fit into work_mem and goes to disk. An index in this order needs no sort; else select fewer columns, or raise work_mem for this statement (SET LOCAL work_mem).';
}
