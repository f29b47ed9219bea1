import { inputsOf, isScan, isTransparent, nodesOf, type PlanNode } from '../plan/plan-node.js';
import type { Tree } from './tree.js';

/** Times that the planner expects a recursion to go round. */
export const RECURSIONS = 10;

export function repeatedly(tree: Tree, node: PlanNode, loops: number) {
  return { tree, loops, planCost: node['Total Cost'] };
}

export function bareOf(node: PlanNode): PlanNode {
  const [only] = inputsOf(node);
  return isTransparent(node) && only !== undefined ? bareOf(only) : node;
}

export function aliasOf(node: PlanNode): string {
  return node.Alias ?? node['Relation Name'] ?? '';
}

export function aliasesIn(node: PlanNode): string[] {
  return [...nodesOf(node)].filter(isScan).map(aliasOf);
}

export function extraOf(node: PlanNode): number {
  return Math.max(
    0,
    inputsOf(node).reduce((rest, input) => rest - input['Total Cost'], node['Total Cost']),
  );
}

/** Rows that a limit takes of its input; costs tell it even with an OFFSET. */
export function fetchedBy(limit: PlanNode, input: PlanNode): number {
  const run = input['Total Cost'] - input['Startup Cost'];
  const rows = input['Plan Rows'];
  if (run <= 0) return limit['Plan Rows'];
  const fetched = Math.round((rows * (limit['Total Cost'] - input['Startup Cost'])) / run);
  return Math.min(rows, Math.max(limit['Plan Rows'], fetched));
}

/** How often a sub-select runs: as often as its costs are contained in those of its node. */
export function loopsOf(node: PlanNode, select: PlanNode): number {
  if (select['Parent Relationship'] === 'InitPlan') return 1;
  const each = select['Total Cost'];
  const above = extraOf(node);
  return each <= 0 ? 1 : Math.max(1, Math.round(above / each));
}
