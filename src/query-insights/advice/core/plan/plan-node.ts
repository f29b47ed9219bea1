/** A node of EXPLAIN (VERBOSE, FORMAT JSON), as far as advice reads it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly Alias?: string;
  readonly 'Join Type'?: string;
  readonly 'Startup Cost': number;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly 'Plan Width': number;
  readonly Strategy?: string;
  readonly 'Partial Mode'?: string;
  readonly 'Index Name'?: string;
  readonly Output?: readonly string[];
  readonly Filter?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly 'Hash Cond'?: string;
  readonly 'Merge Cond'?: string;
  readonly 'Join Filter'?: string;
  readonly 'Order By'?: string;
  readonly 'Sort Key'?: readonly string[];
  readonly 'Presorted Key'?: readonly string[];
  readonly 'Group Key'?: readonly string[];
  readonly Operation?: string;
  readonly Plans?: readonly PlanNode[];
}

const CONDITIONS = [
  'Filter',
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
] as const;
const LISTS = ['Sort Key', 'Group Key', 'Output'] as const;
/** Hand their rows up unchanged, and stand in the plan for reasons of execution alone. */
const TRANSPARENT = new Set([
  'Gather',
  'Gather Merge',
  'Materialize',
  'Memoize',
  'Hash',
  'LockRows',
  'Result',
]);
const SCANS = /^(Seq|Index|Index Only|Bitmap Heap|Sample|Tid|Tid Range) Scan$/;

export function isScan(node: PlanNode): boolean {
  return SCANS.test(node['Node Type']) && node['Relation Name'] !== undefined;
}

export function isJoin(node: PlanNode): boolean {
  return /^(Nested Loop|Hash Join|Merge Join)$/.test(node['Node Type']);
}

export function isTransparent(node: PlanNode): boolean {
  const isPartial = node['Node Type'] === 'Aggregate' && node['Partial Mode'] === 'Partial';
  return inputsOf(node).length === 1 && (isPartial || TRANSPARENT.has(node['Node Type']));
}

/** Children whose rows the node reads; not its sub-selects. */
export function inputsOf(node: PlanNode): readonly PlanNode[] {
  return (node.Plans ?? []).filter((child) => !isSubSelect(child));
}

/** Sub-selects of expressions, and CTEs: planned apart. */
export function subSelectsOf(node: PlanNode): readonly PlanNode[] {
  return (node.Plans ?? []).filter(isSubSelect);
}

function isSubSelect(node: PlanNode): boolean {
  return node['Parent Relationship'] === 'SubPlan' || node['Parent Relationship'] === 'InitPlan';
}

/** The node and everything below, parents first. */
export function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}

/** Conditions of the node itself. */
export function conditionsOf(node: PlanNode): string[] {
  return CONDITIONS.flatMap((name) => node[name] ?? []);
}

/** Everything of the node that may name columns. */
export function expressionsOf(node: PlanNode): string[] {
  return [...conditionsOf(node), ...LISTS.flatMap((name) => node[name] ?? [])];
}
