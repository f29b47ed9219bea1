import type { PlanJson } from './plan-session.repository.js';

/** One step of a plan, with what it does and what it costs. */
export interface PlanNode {
  /** Place in the tree: `0` is the top, `0.1` its second child. */
  readonly id: string;
  readonly type: string;
  /** What the parent takes it for: `Outer`, `Inner`, `Subquery`, `InitPlan` ...; null for the top. */
  readonly role: string | null;
  readonly schema: string | null;
  readonly relation: string | null;
  readonly alias: string | null;
  readonly index: string | null;
  readonly join: string | null;
  /** Conditions by their name in the plan, such as `Filter` and `Index Cond`. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly sortKeys: readonly string[];
  readonly cost: NodeCost;
  readonly rows: NodeRows;
  /** Bytes of a row, as the planner guesses. */
  readonly widthBytes: number;
  /** Null without ANALYZE. */
  readonly actual: NodeActual | null;
  readonly children: readonly PlanNode[];
}

/** Cost in the planner's units: about one per page read in sequence. */
export interface NodeCost {
  readonly total: number;
  /** Without its children. */
  readonly self: number;
  /** Of the whole plan, 0 to 1. */
  readonly share: number;
}

/** Rows of one execution of the node. */
export interface NodeRows {
  readonly planned: number;
  readonly actual: number | null;
  /** Read, and thrown away by the conditions, in one execution; null without ANALYZE. */
  readonly removed: number | null;
}

/** What was measured. */
export interface NodeActual {
  readonly loops: number;
  /** All loops together, with the children. */
  readonly totalMs: number;
  readonly selfMs: number;
  /** 8 kB each, with those of the children. */
  readonly sharedHitBlocks: number;
  readonly sharedReadBlocks: number;
  readonly temporaryBlocks: number;
  readonly sortSpaceType: string | null;
  readonly sortSpaceKb: number | null;
  readonly hashBatches: number | null;
  /** Of a bitmap: pages of which only the page was remembered. */
  readonly lossyBlocks: number | null;
}

const CONDITIONS = [
  'Filter',
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'TID Cond',
  'One-Time Filter',
  'Run Condition',
  'Order By',
  'Cache Key',
] as const;

/** The tree of a plan in JSON. */
export function readPlanTree(json: PlanJson): PlanNode {
  const top = (json['Plan'] ?? {}) as PlanJson;
  return readNode(top, '0', Math.max(numberOf(top, 'Total Cost') ?? 0, Number.MIN_VALUE));
}

/** Every node, parents first. */
export function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

function readNode(plan: PlanJson, id: string, wholeCost: number): PlanNode {
  const plans = (Array.isArray(plan['Plans']) ? plan['Plans'] : []) as readonly PlanJson[];
  const children = plans.map((child, place) => readNode(child, `${id}.${place}`, wholeCost));
  const total = numberOf(plan, 'Total Cost') ?? 0;
  const below = children.reduce((sum, child) => sum + child.cost.total, 0);
  // Under a LIMIT a child's cost is that of all its rows.
  const self = Math.max(0, total - below);
  return {
    id,
    type: textOf(plan, 'Node Type') ?? 'Unknown',
    role: textOf(plan, 'Parent Relationship'),
    schema: textOf(plan, 'Schema'),
    relation: textOf(plan, 'Relation Name') ?? textOf(plan, 'Function Name') ?? textOf(plan, 'CTE Name'),
    alias: textOf(plan, 'Alias'),
    index: textOf(plan, 'Index Name'),
    join: textOf(plan, 'Join Type'),
    conditions: conditionsOf(plan),
    sortKeys: listOf(plan, 'Sort Key') ?? listOf(plan, 'Group Key') ?? [],
    cost: { total, self, share: Math.min(1, self / wholeCost) },
    rows: rowsOf(plan),
    widthBytes: numberOf(plan, 'Plan Width') ?? 0,
    actual: actualOf(plan, children),
    children,
  };
}

function conditionsOf(plan: PlanJson): Record<string, string> {
  return Object.fromEntries(
    CONDITIONS.flatMap((name) => {
      const value = textOf(plan, name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function rowsOf(plan: PlanJson): NodeRows {
  const removed = ['Rows Removed by Filter', 'Rows Removed by Join Filter', 'Rows Removed by Index Recheck']
    .map((name) => numberOf(plan, name))
    .filter((count) => count !== null);
  const isMeasured = numberOf(plan, 'Actual Loops') !== null;
  return {
    planned: numberOf(plan, 'Plan Rows') ?? 0,
    actual: numberOf(plan, 'Actual Rows'),
    removed: isMeasured ? removed.reduce((sum, count) => sum + count, 0) : null,
  };
}

function actualOf(plan: PlanJson, children: readonly PlanNode[]): NodeActual | null {
  const loops = numberOf(plan, 'Actual Loops');
  if (loops === null) return null;
  const totalMs = (numberOf(plan, 'Actual Total Time') ?? 0) * loops;
  const belowMs = children.reduce((sum, { actual }) => sum + (actual?.totalMs ?? 0), 0);
  const blocks = (name: string): number => numberOf(plan, name) ?? 0;
  return {
    loops,
    totalMs,
    selfMs: Math.max(0, totalMs - belowMs),
    sharedHitBlocks: blocks('Shared Hit Blocks'),
    sharedReadBlocks: blocks('Shared Read Blocks'),
    temporaryBlocks: blocks('Temp Written Blocks'),
    sortSpaceType: textOf(plan, 'Sort Space Type'),
    sortSpaceKb: numberOf(plan, 'Sort Space Used'),
    hashBatches: numberOf(plan, 'Hash Batches') ?? numberOf(plan, 'HashAgg Batches'),
    lossyBlocks: numberOf(plan, 'Lossy Heap Blocks'),
  };
}

function numberOf(plan: PlanJson, name: string): number | null {
  const value = plan[name];
  return typeof value === 'number' ? value : null;
}

function textOf(plan: PlanJson, name: string): string | null {
  const value = plan[name];
  return typeof value === 'string' ? value : null;
}

function listOf(plan: PlanJson, name: string): readonly string[] | null {
  const value = plan[name];
  return Array.isArray(value) ? value.map(String) : null;
}
