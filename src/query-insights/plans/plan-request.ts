import type { RelationSize } from './findings/finding.js';
import type { PlanJson } from './plan-session.repository.js';
import type { PlanNode } from './plan-tree.js';

/** A value of a parameter. */
export type ParameterValue = string | number | boolean | null;

/** What is asked about a statement. */
export interface PlanRequest {
  readonly query: string;
  /** Values of `$1`, `$2` ...; without them the plan is the one for any values. */
  readonly params?: readonly ParameterValue[] | undefined;
  /** Runs the statement, and measures. */
  readonly isAnalyzed: boolean;
}

/** What the server says. */
export interface ServerPlan {
  readonly json: PlanJson;
  readonly tree: PlanNode;
  /** Of the tables in it, by `schema.name`. */
  readonly sizes: ReadonlyMap<string, RelationSize>;
  /** The statement as it was planned, when parameters had to be given types. */
  readonly plannedAs: string | null;
  /** Made without knowing the values of the parameters. */
  readonly isGeneric: boolean;
  /** The role it was planned as: its rights and row-level security. */
  readonly role: string;
  /** The server itself told which functions it would run; otherwise the names alone were checked. */
  readonly isConfirmed: boolean;
  /** What the checks took, without planning. */
  readonly decisionMs: number;
  readonly workMemBytes: number;
}
