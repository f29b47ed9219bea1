/** What the catalog knows of the tables of a statement. Counts are the planner's estimates. */
export interface ColumnFacts {
  readonly name: string;
  /** As format_type prints it, without its modifier. */
  readonly type: string;
  /** typcategory, of the base type for domains: 'S' for strings, 'A' arrays, 'B' booleans. */
  readonly category: string;
  /** A default b-tree operator class exists. */
  readonly isOrderable: boolean;
  /** As pg_stats has it: negative is a share of the rows; 0 when nobody analysed the table. */
  readonly nDistinct: number;
  readonly nullShare: number;
  readonly widthBytes: number;
  readonly correlation: number;
  /** Shares of the most common values, largest first. */
  readonly commonShares: readonly number[];
  /** LIKE can use a plain b-tree only then. */
  readonly hasCCollation: boolean;
}

/** One key of an index: a column, or an expression as pg_get_indexdef prints it. */
export interface KeyFacts {
  readonly column?: string;
  readonly expression?: string;
  readonly isDescending: boolean;
  readonly isNullsFirst: boolean;
  /** Undefined for the default of the type. */
  readonly opclass?: string;
}

/** An index, existing or thought of. */
export interface IndexShape {
  readonly method: 'btree' | 'gin' | 'gist' | 'hash' | 'brin' | 'spgist';
  readonly keys: readonly KeyFacts[];
  readonly include: readonly string[];
  /** Condition of a partial index. */
  readonly predicate?: string;
}

export interface IndexFacts extends IndexShape {
  readonly name: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  /** A constraint owns it, so that it cannot be dropped alone. */
  readonly isConstraint: boolean;
  readonly isValid: boolean;
  readonly pages: number;
  readonly scans: number;
}

export interface ForeignKeyFacts {
  readonly name: string;
  readonly columns: readonly string[];
  /** Oid of the table that it points at. */
  readonly referenced: string;
}

export interface TableFacts {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** Found by its bare name. */
  readonly isVisible: boolean;
  /** relkind: r table, p partitioned, m materialised view, f foreign. */
  readonly kind: string;
  /** The topmost partitioned table above it. */
  readonly rootOid?: string;
  readonly rows: number;
  readonly pages: number;
  readonly allVisibleShare: number;
  readonly columns: ReadonlyMap<string, ColumnFacts>;
  readonly indexes: readonly IndexFacts[];
  /** Its own, and those of other tables that point at it. */
  readonly foreignKeys: readonly ForeignKeyFacts[];
  readonly writes: WriteFacts;
}

/** Counters since the statistics began. */
export interface WriteFacts {
  readonly inserts: number;
  readonly updates: number;
  readonly hotUpdates: number;
  readonly deletes: number;
}

/** Settings that planner costs depend on. */
export interface CostSettings {
  readonly seqPage: number;
  readonly randomPage: number;
  readonly cpuTuple: number;
  readonly cpuIndexTuple: number;
  readonly cpuOperator: number;
  readonly cachePages: number;
  readonly workMemBytes: number;
  readonly serverVersion: number;
}

/** A function by name, as many as there are overloads. */
export interface FunctionFacts {
  readonly name: string;
  readonly argumentTypes: readonly string[];
  readonly resultType: string;
  readonly isImmutable: boolean;
}

export interface CastFacts {
  readonly from: string;
  readonly to: string;
  readonly isImmutable: boolean;
  readonly isBinary: boolean;
}

/** Everything that is known besides the plans. */
export interface CatalogFacts {
  readonly settings: CostSettings;
  readonly tables: ReadonlyMap<string, TableFacts>;
  readonly functions: readonly FunctionFacts[];
  readonly casts: readonly CastFacts[];
  readonly extensions: ReadonlySet<string>;
}

/** Distinct values of a column, among `rows` rows of its table. */
export function distinctValues(column: ColumnFacts | undefined, rows: number): number {
  // PostgreSQL assumes as many when it knows nothing.
  if (column === undefined || column.nDistinct === 0) {
    return column?.category === 'B' ? 2 : Math.min(200, Math.max(1, rows));
  }
  return Math.max(1, column.nDistinct > 0 ? column.nDistinct : -column.nDistinct * rows);
}
