import type { Candidate } from '../candidates.js';
import { type Evaluation, PlanEvaluator } from '../evaluator.js';
import type { CostSettings, IndexShape } from '../facts.js';
import { Access } from './access.js';
import type { Estimates } from './estimates.js';
import { PathFinder } from './path-finder.js';
import type { StatementModel } from './tree.js';

/** Costs by the planner's formulas and statistics, without the planner. */
export class ModelEvaluator extends PlanEvaluator {
  readonly method = 'model';
  private readonly access: Access;

  constructor(
    private readonly model: StatementModel,
    private readonly estimates: Estimates,
    private readonly settings: CostSettings,
  ) {
    super();
    this.access = new Access(estimates, settings);
  }

  evaluate(indexes: readonly Candidate[]): Promise<Evaluation> {
    return Promise.resolve(this.evaluateNow(indexes));
  }

  evaluateNow(indexes: readonly Candidate[]): Evaluation {
    const byTable = new Map<string, IndexShape[]>();
    for (const { table, shape } of indexes)
      byTable.set(table.oid, [...(byTable.get(table.oid) ?? []), shape]);
    const finder = new PathFinder(this.access, this.estimates, this.settings, byTable);
    const best = finder.best(this.model.tree);
    // What the planner found without any is always there.
    if (best === undefined || best.used.length === 0) return { cost: this.model.cost, used: [] };
    const used = indexes.filter(({ shape }) => best.used.includes(shape));
    return best.total < this.model.cost ? { cost: best.total, used } : { cost: this.model.cost, used: [] };
  }
}
