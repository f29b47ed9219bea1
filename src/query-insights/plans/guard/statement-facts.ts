/** A name as it stands in a statement: with its schema, or to be found along the search path. */
export interface UsedName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** A name that can be completed where it stands. */
export interface PlacedName extends UsedName {
  /** Bytes of the statement before it; undefined where the grammar made it up. */
  readonly at: number | undefined;
}

/** Everything a statement names, found in its tree: what it can make the server do. */
export interface StatementFacts {
  readonly functions: readonly UsedName[];
  readonly operators: readonly UsedName[];
  readonly types: readonly PlacedName[];
  /** Tables and views, without the WITH queries that hide some of them. */
  readonly relations: readonly PlacedName[];
  /** `row.name` calls a function of this name when the row has no such column. */
  readonly attributes: readonly string[];
  /** Highest `$n`; 0 without. */
  readonly parameters: number;
}
