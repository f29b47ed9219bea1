import type { PlanNode } from '../plan-tree.js';
import { type Finding, type FindingRule, nameNode, type PlanSurroundings } from './finding.js';
import { filter } from './filter.js';
import { missingIndex } from './missing-index.js';
import { nestedLoop } from './nested-loop.js';
import { rowEstimate } from './row-estimate.js';
import { sequentialScan } from './sequential-scan.js';
import { spill } from './spill.js';

const RULES: readonly FindingRule[] = [sequentialScan, rowEstimate, nestedLoop, spill, filter, missingIndex];
const WEIGHT = { critical: 0, warning: 1, info: 2 } as const;

/** What a plan would better not do, the worst first. */
export function findInPlan(
  plan: PlanNode,
  surroundings: Omit<PlanSurroundings, 'parents'>,
): readonly Finding[] {
  const findings = visit(plan, [], surroundings);
  return [...findings].sort((one, other) => WEIGHT[one.severity] - WEIGHT[other.severity]);
}

function visit(
  node: PlanNode,
  parents: readonly PlanNode[],
  surroundings: Omit<PlanSurroundings, 'parents'>,
): Finding[] {
  const path = [...parents, node].map(nameNode).join(' > ');
  const own = RULES.flatMap((rule) => {
    const found = rule(node, { ...surroundings, parents });
    return found === undefined ? [] : [{ ...found, node: node.id, path }];
  });
  return [...own, ...node.children.flatMap((child) => visit(child, [...parents, node], surroundings))];
}
