import type { TableFacts } from '../facts.js';
import type { ColumnRef, Key, Qualifier } from '../plan/qualifier.js';
import type { PlanNode } from '../plan/plan-node.js';

/** One reading of a table. Its figures are filled in once the planner was asked for them. */
export interface Scan {
  readonly id: number;
  readonly alias: string;
  readonly table: TableFacts;
  /** Tables whose statistics differ but share an index: partitions. */
  readonly qualifiers: Qualifier[];
  /** Columns that the statement reads. */
  readonly needed: Set<string>;
  readonly node: PlanNode;
  /** Runs once per row of something else, that gives it values. */
  readonly isCorrelated: boolean;
}

/** Columns that a join makes equal. */
export interface JoinClause {
  readonly left: ColumnRef;
  readonly right: ColumnRef;
}

/** One key of an order. `id` is `alias.key`. */
export interface OrderKey {
  readonly id: string;
  readonly isDescending: boolean;
  readonly isNullsFirst: boolean;
}

export type JoinType = 'Inner' | 'Left' | 'Right' | 'Full' | 'Semi' | 'Anti' | 'Right Semi' | 'Right Anti';

interface Common {
  readonly rows: number;
  readonly width: number;
  /** Sub-selects: run `loops` times for each time that the node is. */
  readonly subSelects: readonly { readonly tree: Tree; readonly loops: number; readonly planCost: number }[];
}

/** What a plan computes, without how. */
export type Tree = Common &
  (
    | { readonly kind: 'scan'; readonly scan: Scan }
    | {
        readonly kind: 'join';
        readonly type: JoinType;
        readonly left: Tree;
        readonly right: Tree;
        readonly clauses: readonly JoinClause[];
        /** The same as a join that stops at the first match, when one side was made unique for it. */
        readonly semi?: Tree;
        /** Conditions that no index serves. */
        readonly filters: number;
      }
    | { readonly kind: 'sort'; readonly keys: readonly OrderKey[]; readonly input: Tree }
    | { readonly kind: 'limit'; readonly fetched: number; readonly input: Tree }
    | {
        readonly kind: 'group';
        readonly keys: readonly OrderKey[];
        readonly aggregates: number;
        /** The only thing asked of the rows is their first and last value. */
        readonly extremes: readonly OrderKey[];
        readonly input: Tree;
      }
    /** `extra` is what the node costs above its inputs. */
    | {
        readonly kind: 'other';
        readonly keepsOrder: boolean;
        readonly extra: number;
        readonly inputs: readonly Tree[];
        /** By which its columns go, when it is no table: a sub-select, a CTE, a function. */
        readonly alias?: string;
      }
  );

export type JoinTree = Tree & { readonly kind: 'join' };

/** A statement as advice sees it. */
export interface StatementModel {
  readonly tree: Tree;
  readonly scans: readonly Scan[];
  /** By the plan as it is. */
  readonly cost: number;
  /** Keys of tables that the keys of sorts and groups name. */
  readonly keys: ReadonlyMap<string, Key>;
}
