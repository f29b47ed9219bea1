import { type Candidate, idOfShape } from './candidates.js';
import type { PlanEvaluator } from './evaluator.js';

/** Indexes chosen for one statement. */
export interface Choice {
  readonly indexes: readonly Candidate[];
  readonly before: number;
  readonly after: number;
}

/** Statements below cost nothing that an index could save. */
const CHEAP_COST = 100;
/** An index must make the statement this much cheaper, and save so much. */
const LEAST_FACTOR = 2;
const LEAST_SAVING = 40;
/** Indexes that find rows may do less, when they save a lot: what they save grows with the table. */
const LARGE_SAVING = 300;
const LEAST_FACTOR_OF_LARGE = 1.5;
/** The same for each index after the first. */
const LEAST_FURTHER_FACTOR = 1.25;
const LEAST_FURTHER_SAVING = 20;
/** A simpler choice may cost this much more than the best. */
const TOLERANCE = 1.15;
/** A whole index instead of a partial one: it serves other statements, too. */
const TOLERANCE_FOR_WHOLE = 1.5;
/** Evaluations of one choice, when each asks the planner. */
const MOST_EVALUATIONS = 9;

/** Whether the planner's cost leaves anything to gain. */
export function isWorthAdvice(cost: number): boolean {
  return cost >= CHEAP_COST;
}

/** Whether so much is gained that the indexes are worth having. */
function isWorthwhile(before: number, after: number, indexes: readonly Candidate[]): boolean {
  const isLarge = before - after >= LARGE_SAVING && indexes.every(({ isSelective }) => isSelective);
  if (isLarge) return before >= after * LEAST_FACTOR_OF_LARGE;
  return before >= after * LEAST_FACTOR && before - after >= LEAST_SAVING;
}

/**
 * The fewest and smallest indexes that come close to the best cost. All candidates are tried together first: what the
 * plan then uses is the best there is, and everything after that takes away.
 */
export async function choose(
  candidates: readonly Candidate[],
  evaluator: PlanEvaluator,
  before: number,
): Promise<Choice> {
  const nothing: Choice = { indexes: [], before, after: before };
  if (candidates.length === 0 || !isWorthAdvice(before)) return nothing;
  const search = new Search(evaluator);
  const all = await evaluator.evaluate(candidates);
  if (all.used.length === 0 || !isWorthwhile(before, all.cost, all.used)) return nothing;
  const pruned = await search.withoutIdle(all.used, before);
  const simple = await search.simplified(pruned, candidates);
  const after = await search.cost(simple);
  return isWorthwhile(before, after, simple) ? { indexes: simple, before, after } : nothing;
}

class Search {
  private readonly known = new Map<string, number>();
  private asked = 0;

  constructor(private readonly evaluator: PlanEvaluator) {}

  async cost(indexes: readonly Candidate[]): Promise<number> {
    const id = indexes
      .map(({ table, shape }) => `${table.oid} ${idOfShape(shape)}`)
      .toSorted()
      .join('\n');
    const known = this.known.get(id);
    if (known !== undefined) return known;
    if (this.evaluator.method === 'hypopg' && this.asked >= MOST_EVALUATIONS) return Infinity;
    this.asked += 1;
    const { cost } = await this.evaluator.evaluate(indexes);
    this.known.set(id, cost);
    return cost;
  }

  /** Leaves out what saves too little beside the others. */
  async withoutIdle(indexes: readonly Candidate[], before: number): Promise<readonly Candidate[]> {
    let kept = indexes;
    while (kept.length > 1) {
      const whole = await this.cost(kept);
      const least = await this.leastUseful(kept);
      const isNeeded =
        least.cost >= whole * LEAST_FURTHER_FACTOR &&
        Math.min(before, least.cost) - whole >= LEAST_FURTHER_SAVING;
      if (isNeeded) return kept;
      kept = least.rest;
    }
    return kept;
  }

  private async leastUseful(
    kept: readonly Candidate[],
  ): Promise<{ rest: readonly Candidate[]; cost: number }> {
    let best = { rest: kept.slice(1), cost: Infinity };
    for (const one of kept) {
      const rest = kept.filter((other) => other !== one);
      const cost = await this.cost(rest);
      if (cost < best.cost) best = { rest, cost };
    }
    return best;
  }

  /** Puts smaller indexes in the place of larger ones, as long as the cost stays close. */
  async simplified(
    indexes: readonly Candidate[],
    candidates: readonly Candidate[],
  ): Promise<readonly Candidate[]> {
    const best = await this.cost(indexes);
    let chosen = indexes;
    for (const index of indexes) {
      for (const simpler of simplerThan(index, candidates)) {
        const tried = chosen.map((one) => (one === index ? simpler : one));
        const isWhole = index.shape.predicate !== undefined && simpler.shape.predicate === undefined;
        if ((await this.cost(tried)) > best * (isWhole ? TOLERANCE_FOR_WHOLE : TOLERANCE)) continue;
        chosen = tried;
        break;
      }
    }
    return chosen;
  }
}

/** Candidates on the same table with fewer columns, fewest first. */
function simplerThan(index: Candidate, candidates: readonly Candidate[]): Candidate[] {
  const held = new Set([...index.shape.keys.map(nameOf), ...index.shape.include]);
  return candidates
    .filter(
      ({ table, shape }) => table.oid === index.table.oid && complexity(shape) < complexity(index.shape),
    )
    .filter(({ shape }) => [...shape.keys.map(nameOf), ...shape.include].every((name) => held.has(name)))
    .toSorted((one, other) => complexity(one.shape) - complexity(other.shape));
}

function nameOf({ column, expression }: Candidate['shape']['keys'][number]): string {
  return column ?? expression ?? '';
}

/** Keys weigh more than columns that ride along; a predicate must be maintained by whoever writes statements. */
function complexity({ keys, include, predicate, method }: Candidate['shape']): number {
  const isSpecial = predicate !== undefined || method !== 'btree';
  return keys.length + include.length * 0.2 + (include.length > 0 ? 0.3 : 0) + (isSpecial ? 0.4 : 0);
}
