import type { PlanNode } from '../plan-tree.js';

/** Something in a plan that costs more than it needs to. */
export interface Finding {
  readonly kind: 'sequential-scan' | 'row-estimate' | 'nested-loop' | 'spill' | 'filter' | 'missing-index';
  readonly severity: 'info' | 'warning' | 'critical';
  /** `id` of the node in the tree. */
  readonly node: string;
  /** The node and those above it, top first: `Limit > Sort > Seq Scan on orders`. */
  readonly path: string;
  /** False: taken from the planner's guesses, not measured. */
  readonly isMeasured: boolean;
  readonly figures: Readonly<Record<string, number | string>>;
  readonly advice: string;
}

/** What a rule finds at one node; where that is, is added for all of them. */
export type NodeFinding = Omit<Finding, 'node' | 'path'>;

/** A relation's size as the server keeps it. */
export interface RelationSize {
  readonly rows: number;
  readonly bytes: number;
}

/** What a rule may look at beside the node. */
export interface PlanSurroundings {
  readonly parents: readonly PlanNode[];
  readonly workMemBytes: number;
  /** By `schema.relation`; a relation may be missing. */
  readonly sizes: ReadonlyMap<string, RelationSize>;
}

/** Looks at one node. */
export type FindingRule = (node: PlanNode, surroundings: PlanSurroundings) => NodeFinding | undefined;

/** Name of a node for readers. */
export function nameNode({ type, relation, index }: PlanNode): string {
  const by = index === null ? '' : ` using ${index}`;
  return relation === null ? `${type}${by}` : `${type}${by} on ${relation}`;
}

/** Rows of one execution: measured, else guessed. */
export function rowsOf({ rows }: PlanNode): number {
  return rows.actual ?? rows.planned;
}
