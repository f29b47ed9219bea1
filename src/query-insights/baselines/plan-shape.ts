/** A node of EXPLAIN (FORMAT JSON), as far as it is looked at. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Plan Rows'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** What is remembered of a plan. */
export interface PlanShape {
  /** Nodes from the outside in, with tables and indexes: `Sort(Seq Scan events)`. At most 1,000 characters. */
  readonly shape: string;
  /** Rows that the planner expects to leave the scans. */
  readonly rows: number;
}

const LONGEST_SHAPE = 1_000;

/** The shape of what EXPLAIN (FORMAT JSON) answered; undefined when it is no plan. */
export function shapeOf(answer: unknown): PlanShape | undefined {
  const [first] = Array.isArray(answer) ? (answer as { Plan?: PlanNode }[]) : [];
  const plan = first?.Plan;
  if (plan === undefined) return undefined;
  return { shape: describe(plan).slice(0, LONGEST_SHAPE), rows: rowsOf(plan) };
}

function describe(node: PlanNode): string {
  const name = [node['Node Type'], node['Index Name'] ?? node['Relation Name']].filter(Boolean).join(' ');
  const children = (node.Plans ?? []).map(describe);
  return children.length === 0 ? name : `${name}(${children.join(', ')})`;
}

function rowsOf(node: PlanNode): number {
  const children = node.Plans ?? [];
  if (children.length === 0) return node['Plan Rows'] ?? 0;
  return children.reduce((sum, child) => sum + rowsOf(child), 0);
}
