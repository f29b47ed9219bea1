/** What a job does. */
export const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'UPSERT', 'MIGRATE', 'ARCHIVE', 'PURGE'] as const;
export type BatchOperation = (typeof OPERATIONS)[number];

/** Types of columns that records may set, as PostgreSQL names them. */
export type ColumnType =
  'text' | 'integer' | 'bigint' | 'double precision' | 'boolean' | 'timestamptz' | 'jsonb';

/** A column that records may set or filters may name. */
export interface BatchColumn {
  /** As clients name it. */
  readonly field: string;
  /** As the table names it. */
  readonly column: string;
  readonly type: ColumnType;
  readonly isRequired?: boolean;
  /** Longest text in characters; default 10,000. */
  readonly maxLength?: number;
  /** What is wrong with a value, as PostgreSQL reads it; undefined when nothing is. */
  readonly check?: (value: string) => string | undefined;
}

/** A condition that a client may put: `field` compared with its value. */
export interface BatchFilter {
  readonly name: string;
  readonly column: string;
  readonly type: ColumnType;
  readonly comparison: '=' | '<' | '>=';
}

/** How rows are changed by MIGRATE, as trusted SQL; it must change nothing when it runs again. */
export type BatchTransform = { readonly name: string } & (
  | {
      /** `column = expression, ...` over the columns of the table. */
      readonly assignments: string;
    }
  | {
      /** INSERT, UPDATE or DELETE over `page (walked)`: values of the walk column of the rows whose turn it is. */
      readonly statement: string;
    }
);

/** A record as values of its fields, as PostgreSQL reads them. */
export type RecordValues = Readonly<Record<string, string | null>>;

/** Makes rows of another table from records, for CREATE. */
export interface BatchImporter {
  readonly table: string;
  /** Columns of that table. */
  readonly columns: readonly BatchColumn[];
  /** A row for each record, in their order: values of the columns. Called again when a chunk is repeated. */
  rowsOf(tenantId: string, records: readonly RecordValues[]): Promise<readonly (string | null)[][]>;
}

/**
 * A table that batch jobs may touch: which columns, by which keys, for which operations. Everything here is trusted
 * text of this code base; requests only choose among it. Rows belong to the tenant in `tenantColumn`, which is
 * always that of the job.
 */
export interface BatchTarget {
  /** kebab-case, unique; what requests name. */
  readonly name: string;
  readonly table: string;
  readonly tenantColumn: string;
  /** A bigint that grows: jobs walk along it. An index on (tenant, this) makes that fast. */
  readonly walkColumn: string;
  readonly columns: readonly BatchColumn[];
  /** Columns of a unique index that begins with the tenant: what UPSERT meets on, and keys of UPDATE and DELETE. */
  readonly keyColumns: readonly string[];
  readonly filters: readonly BatchFilter[];
  readonly transforms?: readonly BatchTransform[];
  /** Where records of CREATE go instead of `table`. */
  readonly importer?: BatchImporter;
  /** Has the same columns. Needed by ARCHIVE. */
  readonly archiveTable?: string;
  /** A timestamptz. Needed by PURGE. */
  readonly ageColumn?: string;
  /** What editors may do, and admins. */
  readonly operations: readonly BatchOperation[];
  /** Which of these are for admins alone. */
  readonly adminOnly?: readonly BatchOperation[];
  /** Called after each chunk, committed or in doubt, and before its progress is told. */
  readonly changed?: (tenantId: string) => Promise<void>;
}
