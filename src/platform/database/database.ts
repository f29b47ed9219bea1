import { Inject, Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Sequelize } from 'sequelize';
import { sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { DatabaseUnavailableError, translate } from './errors.js';
import { SEQUELIZE } from './sequelize.js';

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

  /**
   * Runs a `COPY ... FROM STDIN` with these bytes: the fastest way in for many rows. Answers how many there were.
   * @throws as query; the error of a bad row names its line
   */
  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number>;
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
  constructor(@Inject(SEQUELIZE) private readonly sequelize: Sequelize) {}

  query<Row extends object>(statement: SqlFragment, options?: QueryOptions): Promise<Row[]> {
    return this.session((session) => session.query<Row>(statement, options));
  }

  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number> {
    return this.session((session) => session.copyIn(statement, bytes));
  }

  /** Runs `work` on one connection of its own: for session state such as advisory locks. */
  async session<T>(work: (session: Queryable) => Promise<T>): Promise<T> {
    const source = this.sequelize.connectionManager as unknown as ConnectionSource;
    const client = await acquire(source);
    try {
      const result = await work(new ClientSession(client));
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

/** One connection, held for as long as the session or transaction lasts. */
class ClientSession implements Queryable {
  constructor(private readonly client: pg.Client) {}

  async query<Row extends object>(
    statement: SqlFragment,
    { prepareAs, timeoutMs }: QueryOptions = {},
  ): Promise<Row[]> {
    const { text, values } = statement.compile();
    try {
      const result = await this.client.query<Row>({
        text,
        // Sequelize installs type parsers of its own on the connection; the driver's are the documented ones.
        types: pg.types,
        // Without values the simple protocol is used, which accepts several statements (migrations).
        ...(values.length > 0 && { values: [...values] }),
        ...(prepareAs !== undefined && { name: prepareAs }),
        ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
      });
      return result.rows;
    } catch (error) {
      throw translate(error);
    }
  }

  async copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number> {
    try {
      const copy = this.client.query(copyFrom(statement.compile().text));
      await pipeline(Readable.from(bytes), copy);
      return copy.rowCount;
    } catch (error) {
      throw translate(error);
    }
  }
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
