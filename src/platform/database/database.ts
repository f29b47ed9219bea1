import { Inject, Injectable } from '@nestjs/common';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { type CopyToStreamQuery, from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { Sequelize } from 'sequelize';
import { sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { DatabaseUnavailableError, translate } from './errors.js';
import { SEQUELIZE } from './sequelize.js';

const LARGE_PIECE_BYTES = 1_048_576;

/** How one statement runs. */
export interface QueryOptions {
  /** Prepares the statement once per connection under this name; the text must never vary for a name. */
  readonly prepareAs?: string;
  /** How long the client waits for the answer, instead of the setting; the server's own bound stays. */
  readonly timeoutMs?: number;
}

/** Runs statements: the pool, a pinned session, or an open transaction. */
export interface Queryable {
  /**
   * Rows as objects; int8 and numeric come as strings (cast in SQL), timestamptz as Date, bytea as Buffer.
   * @throws DatabaseUnavailableError, StatementTimeoutError, TransactionConflictError
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

/** The part of Sequelize's connection manager that the typings leave out. */
interface ConnectionSource {
  /** Absent before the first connection. */
  readonly pool?: { readonly waiting: number };
  getConnection(options: { type: string }): Promise<pg.Client>;
  releaseConnection(connection: pg.Client): void;
  destroyConnection(connection: pg.Client): Promise<void>;
}

/**
 * The door to PostgreSQL. Sequelize owns the pool; statements go to the driver directly, because
 * Sequelize's own query path knows neither prepared statements nor plain parameter types.
 */
@Injectable()
export class Database implements Queryable {
  private readonly watchers: StatementWatcher[] = [];

  constructor(@Inject(SEQUELIZE) private readonly sequelize: Sequelize) {}

  /** Shows `watcher` every statement from now on. */
  watch(watcher: StatementWatcher): void {
    this.watchers.push(watcher);
  }

  query<Row extends object>(statement: SqlFragment, options?: QueryOptions): Promise<Row[]> {
    return this.session((session) => session.query<Row>(statement, options));
  }

  execute(statement: SqlFragment, options?: QueryOptions): Promise<number> {
    return this.session((session) => session.execute(statement, options));
  }

  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number> {
    return this.session((session) => session.copyIn(statement, bytes));
  }

  copyOut(statement: SqlFragment): Promise<Buffer> {
    return this.session((session) => session.copyOut(statement));
  }

  /** Runs `work` on one connection of its own: for session state such as advisory locks. */
  async session<T>(work: (session: Queryable) => Promise<T>): Promise<T> {
    const source = this.sequelize.connectionManager as unknown as ConnectionSource;
    const client = await acquire(source);
    try {
      const result = await work(new ClientSession(client, this.watchers));
      source.releaseConnection(client);
      return result;
    } catch (error) {
      // A connection in doubt must serve nobody else: it may be dead, or hold an open transaction.
      if (error instanceof DatabaseUnavailableError) await source.destroyConnection(client);
      else source.releaseConnection(client);
      throw error;
    }
  }

  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(
    work: (transaction: Queryable) => Promise<T>,
    isolation: Isolation = 'READ COMMITTED',
  ): Promise<T> {
    return this.session(async (session) => {
      await session.query(trustedSql(`BEGIN ISOLATION LEVEL ${isolation}`));
      try {
        const result = await work(session);
        await session.query(sql`COMMIT`);
        return result;
      } catch (error) {
        await rollBack(session, error);
        throw error;
      }
    });
  }

  /** Callers that wait for a connection of the pool. */
  get waiting(): number {
    const { pool } = this.sequelize.connectionManager as unknown as ConnectionSource;
    return pool?.waiting ?? 0;
  }

  /** Ends every pooled connection once it is idle. */
  close(): Promise<void> {
    return this.sequelize.close();
  }
}

/** What the driver adds to a stream. */
type CopyOut = CopyToStreamQuery & { readonly callback?: () => void };

/** One connection, held for as long as the session or transaction lasts. */
class ClientSession implements Queryable {
  constructor(
    private readonly client: pg.Client,
    private readonly watchers: readonly StatementWatcher[],
  ) {}

  async query<Row extends object>(statement: SqlFragment, options?: QueryOptions): Promise<Row[]> {
    return (await this.run<Row>(statement, options)).rows;
  }

  async execute(statement: SqlFragment, options?: QueryOptions): Promise<number> {
    return (await this.run(statement, options)).rowCount ?? 0;
  }

  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number> {
    const { text } = statement.compile();
    return this.watched(text, [], () => this.copyPieces(text, bytes), Number);
  }

  copyOut(statement: SqlFragment): Promise<Buffer> {
    const { text } = statement.compile();
    return this.watched(
      text,
      [],
      () => this.readCopy(text),
      () => 0,
    );
  }

  private async copyPieces(text: string, bytes: Iterable<Buffer>): Promise<number> {
    const copy = this.client.query(copyFrom(text));
    const written = finished(copy);
    written.catch(() => undefined);
    for (const piece of inLargePieces(bytes)) {
      if (!copy.write(piece)) await Promise.race([once(copy, 'drain'), written]);
    }
    copy.end();
    await written;
    return copy.rowCount;
  }

  private async readCopy(text: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const copy: CopyOut = this.client.query(copyTo(text));
    try {
      for await (const piece of copy) pieces.push(piece as Buffer);
      return Buffer.concat(pieces);
    } finally {
      // The driver set its time limit there, and the stream does not know of it.
      copy.callback?.();
    }
  }

  private run<Row extends object>(
    statement: SqlFragment,
    { prepareAs, timeoutMs }: QueryOptions = {},
  ): Promise<pg.QueryResult<Row>> {
    const { text, values } = statement.compile();
    const send = (): Promise<pg.QueryResult<Row>> =>
      this.client.query<Row>({
        text,
        // Sequelize installs type parsers of its own on the connection; the driver's are the documented ones.
        types: pg.types,
        // Without values the simple protocol is used, which accepts several statements (migrations).
        ...(values.length > 0 && { values: [...values] }),
        ...(prepareAs !== undefined && { name: prepareAs }),
        ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
      });
    return this.watched(text, values, send, ({ rowCount }) => rowCount ?? 0);
  }

  /** Sends, shows the watchers what becomes of it, and translates the driver's errors. */
  private async watched<T>(
    text: string,
    values: readonly unknown[],
    send: () => Promise<T>,
    rowsOf: (answer: T) => number,
  ): Promise<T> {
    const tell = this.watchers.map((watcher) => watcher.began({ text, values, connection: this.client }));
    try {
      const answer = await send();
      for (const ended of tell) ended({ rows: rowsOf(answer) });
      return answer;
    } catch (error) {
      for (const ended of tell) ended({ rows: 0, error });
      throw translate(error);
    }
  }
}

/** Each piece waits for the socket by itself: few are quicker than many. */
function* inLargePieces(bytes: Iterable<Buffer>): Generator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for (const piece of bytes) {
    pieces.push(piece);
    length += piece.length;
    if (length < LARGE_PIECE_BYTES) continue;
    yield Buffer.concat(pieces);
    [pieces, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(pieces);
}

async function acquire(source: ConnectionSource): Promise<pg.Client> {
  try {
    return await source.getConnection({ type: 'RAW' });
  } catch (error) {
    throw translate(error);
  }
}

async function rollBack(session: Queryable, reason: unknown): Promise<void> {
  if (reason instanceof DatabaseUnavailableError) return;
  try {
    await session.query(sql`ROLLBACK`);
  } catch (error) {
    throw new DatabaseUnavailableError('the transaction could not be rolled back', error);
  }
}
