import type { Candidate } from './core/candidates.js';
import { type Evaluation, PlanEvaluator } from './core/evaluator.js';
import { nodesOf } from './core/plan/plan-node.js';
import type { PlannerRepository } from './planner.repository.js';

/** Costs by the planner itself, under indexes that the hypopg extension pretends there are. */
export class HypopgEvaluator extends PlanEvaluator {
  readonly method = 'hypopg';

  constructor(
    private readonly planner: PlannerRepository,
    private readonly statement: { readonly explained: string; readonly parameters: number },
  ) {
    super();
  }

  async evaluate(indexes: readonly Candidate[]): Promise<Evaluation> {
    const names = await this.planner.pretend(indexes);
    const plan = await this.planner.explain(this.statement.explained, this.statement.parameters);
    await this.planner.stopPretending();
    const used = [...nodesOf(plan)].flatMap((node) => names.get(node['Index Name'] ?? '') ?? []);
    return { cost: plan['Total Cost'], used: [...new Set(used)] };
  }
}
