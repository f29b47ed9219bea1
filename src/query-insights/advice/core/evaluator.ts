import type { Candidate } from './candidates.js';

/** What a statement would cost under some indexes. */
export interface Evaluation {
  readonly cost: number;
  /** Those of the indexes that its plan would use. */
  readonly used: readonly Candidate[];
}

/** Tells costs of one statement under indexes that do not exist. */
export abstract class PlanEvaluator {
  /** How it knows. */
  abstract readonly method: 'hypopg' | 'model';

  abstract evaluate(indexes: readonly Candidate[]): Promise<Evaluation>;
}
