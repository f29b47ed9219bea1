import { type Candidate, idOfShape } from './candidates.js';
import type { ModelEvaluator } from './model/model-evaluator.js';

/** For each table so many of the best, that the planner is shown. */
const MOST_PER_TABLE = 14;

/** The candidates that the model thinks most of: pretending all of them would take longer than planning. */
export function shortlist(
  candidates: readonly Candidate[],
  model: ModelEvaluator,
  chosen: readonly Candidate[],
): Candidate[] {
  const tables = [...new Set(candidates.map(({ table }) => table.oid))];
  return tables.flatMap((oid) => {
    const own = candidates.filter(({ table }) => table.oid === oid);
    const others = chosen.filter(({ table }) => table.oid !== oid);
    const scored = own
      .map((candidate) => ({ candidate, cost: model.evaluateNow([...others, candidate]).cost }))
      .toSorted((one, other) => one.cost - other.cost || sizeOf(one.candidate) - sizeOf(other.candidate));
    const best = scored.slice(0, MOST_PER_TABLE).map(({ candidate }) => candidate);
    const wanted = [
      ...chosen.filter(({ table }) => table.oid === oid),
      ...own.filter(isSimple).slice(0, 4),
      ...best,
    ];
    const distinct = new Map(wanted.map((one) => [idOfShape(one.shape), one]));
    return [...distinct.values()];
  });
}

function isSimple({ shape }: Candidate): boolean {
  return shape.keys.length === 1 && shape.include.length === 0 && shape.predicate === undefined;
}

function sizeOf({ shape }: Candidate): number {
  return shape.keys.length + shape.include.length;
}
