import type { SqlFragment } from '../../kernel/sql.js';

/** How one statement runs. */
export interface QueryOptions {
  /** Prepares the statement once per connection under this name; the text must never vary for a name. */
  readonly prepareAs?: string;
  /** How long the client waits for the answer, instead of the setting; the server's own bound stays. */
  readonly timeoutMs?: number;
}

/** How a statement runs that only reads. */
export interface ReadOptions extends QueryOptions {
  /**
   * A replica may answer, as long as it lags no more than the settings allow. Default false: the primary answers, and
   * the caller sees all that was written. Work that has written reads from the primary in any case.
   */
  readonly mayLag?: boolean;
}

/** Runs statements: the pool, a pinned session, or an open transaction. */
export interface Queryable {
  /**
   * Rows as objects; int8 and numeric come as strings (cast in SQL), timestamptz as Date, bytea as Buffer.
   * @throws DatabaseUnavailableError, PoolExhaustedError, StatementTimeoutError, TransactionConflictError
   */
  query<Row extends object>(statement: SqlFragment, options?: QueryOptions): Promise<Row[]>;

  /** Answers how many rows were inserted, updated or deleted. @throws as query */
  execute(statement: SqlFragment, options?: QueryOptions): Promise<number>;

  /**
   * Runs a `COPY ... FROM STDIN` with these bytes: the fastest way in for many rows. Answers how many there were.
   * @throws as query; the error of a bad row names its line
   */
  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number>;

  /**
   * What a `COPY ... TO STDOUT` says, all of it: the only way on which the driver leaves bytes as they are.
   * @param statement without values, which COPY does not take
   * @throws as query
   */
  copyOut(statement: SqlFragment): Promise<Buffer>;
}

/** A statement on its way to the server. */
export interface SentStatement {
  readonly text: string;
  /** Not a copy, and never to be logged as they are. */
  readonly values: readonly unknown[];
  /** The connection it runs on; equal for statements of one session. */
  readonly connection: object;
}

/** What became of a statement: the driver's untranslated error, or the number of its rows. */
export interface StatementOutcome {
  readonly rows: number;
  readonly error?: unknown;
}

/** Sees each statement of the pool on its way. Stands in the hot path, and must not throw. */
export interface StatementWatcher {
  /** Called before `statement` is sent; what it answers is called with the outcome. */
  began(statement: SentStatement): (outcome: StatementOutcome) => void;
}

/** Isolation of a transaction; the default is PostgreSQL's READ COMMITTED. */
export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
