import { Inject, Injectable } from '@nestjs/common';
import { Sequelize } from 'sequelize';
import { Clock, SystemClock } from '../../kernel/clock.js';
import { type Ids, RandomIds } from '../../kernel/ids.js';
import { sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import { hasWritten, noteWrite } from '../runtime/index.js';
import { Checkout } from './checkout.js';
import { ClientSession } from './client-session.js';
import { acquire, type AcquireOptions, connectionSourceOf, giveBack } from './connection-source.js';
import {
  DatabaseUnavailableError,
  isConnectionLost,
  PoolExhaustedError,
  TransactionConflictError,
} from './errors.js';
import { Outage } from './outage.js';
import type { Isolation, Queryable, QueryOptions, ReadOptions, StatementWatcher } from './queryable.js';
import { SEQUELIZE } from './sequelize.js';

/** A connection for one statement: given back whatever happens, so nobody needs to know where it was taken. */
const PLAIN: AcquireOptions = { type: 'RAW' };
const DEFAULT_PATIENCE_MS = 5_000;
/** Connections that a read may lose when it is asked again. */
const MOST_LOSSES = 2;

/** Chooses where a read goes that tolerates lag. */
export interface ReadRouter {
  /** Undefined: the primary. */
  choose(): Database | undefined;
  /** `replica` was chosen and did not answer. */
  failed(replica: Database): void;
}

/** What a `Database` can do without, and tests need not give. */
export interface DatabaseOptions {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** How long statements wait in all for a server that went away; 0: not at all. */
  readonly patienceMs?: number;
}

/**
 * The door to PostgreSQL. Sequelize owns the pool; statements go to the driver directly, because
 * Sequelize's own query path knows neither prepared statements nor plain parameter types.
 */
@Injectable()
export class Database implements Queryable {
  private readonly watchers: StatementWatcher[] = [];
  private readonly source;
  private readonly outage: Outage;
  private readonly clock: Clock;
  private readonly patienceMs: number;
  private router: ReadRouter | undefined;

  constructor(
    @Inject(SEQUELIZE) private readonly sequelize: Sequelize,
    {
      clock = new SystemClock(),
      ids = new RandomIds(),
      patienceMs = DEFAULT_PATIENCE_MS,
    }: DatabaseOptions = {},
  ) {
    this.source = connectionSourceOf(sequelize);
    this.outage = new Outage({ clock, ids }, patienceMs);
    this.clock = clock;
    this.patienceMs = patienceMs;
  }

  /** Shows `watcher` every statement from now on. */
  watch(watcher: StatementWatcher): void {
    this.watchers.push(watcher);
  }

  /** Lets `router` choose where reads go that tolerate lag. */
  routeReads(router: ReadRouter): void {
    this.router = router;
  }

  query<Row extends object>(statement: SqlFragment, options?: QueryOptions): Promise<Row[]> {
    noteWrite();
    return this.once((session) => session.query<Row>(statement, options));
  }

  execute(statement: SqlFragment, options?: QueryOptions): Promise<number> {
    noteWrite();
    return this.once((session) => session.execute(statement, options));
  }

  copyIn(statement: SqlFragment, bytes: Iterable<Buffer>): Promise<number> {
    noteWrite();
    return this.once((session) => session.copyIn(statement, bytes));
  }

  copyOut(statement: SqlFragment): Promise<Buffer> {
    return this.once((session) => session.copyOut(statement));
  }

  /**
   * A statement that changes nothing, so that it may be sent twice: once more, on a connection that works, when the
   * first one was lost. A restart of the server within a few seconds is waited for. With `mayLag` a replica may answer.
   * @throws as query
   */
  async read<Row extends object>(
    statement: SqlFragment,
    { mayLag = false, ...options }: ReadOptions = {},
  ): Promise<Row[]> {
    const replica = mayLag && !hasWritten() ? this.router?.choose() : undefined;
    if (replica !== undefined) return this.readFrom(replica, statement, options);
    try {
      return await this.once((session) => session.query<Row>(statement, options));
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      return this.readAgain(statement, options);
    }
  }

  /** Runs `work` on one connection of its own: for session state such as advisory locks. */
  async session<T>(work: (session: Queryable) => Promise<T>): Promise<T> {
    const checkout = await this.checkOut();
    try {
      const result = await work(checkout);
      checkout.release();
      return result;
    } catch (error) {
      checkout.release(error);
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

  /** A connection for as long as the caller likes, for work that no function can enclose. It must be released. */
  checkOut(): Promise<Checkout> {
    noteWrite();
    return this.connected(() => Checkout.take(this.source, this.watchers));
  }

  /** Callers that wait for a connection of the pool. */
  get waiting(): number {
    return this.source.pool?.waiting ?? 0;
  }

  /** Ends every pooled connection once it is idle. */
  close(): Promise<void> {
    return this.sequelize.close();
  }

  private async once<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const client = await this.connected(() => acquire(this.source, PLAIN));
    const session = new ClientSession(client, this.watchers);
    try {
      return await work(session);
    } finally {
      giveBack(this.source, client, session.isLost);
    }
  }

  /** A replica that fails, is busy, or whose replay got in the way, is no reason to fail: the primary is asked then. */
  private async readFrom<Row extends object>(
    replica: Database,
    statement: SqlFragment,
    options: QueryOptions,
  ): Promise<Row[]> {
    try {
      return await replica.once((session) => session.query<Row>(statement, options));
    } catch (error) {
      const isLost = isConnectionLost(error);
      const isInTheWay = error instanceof TransactionConflictError || error instanceof PoolExhaustedError;
      if (!isLost && !isInTheWay) throw error;
      if (isLost) this.router?.failed(replica);
      return this.read<Row>(statement, options);
    }
  }

  /** Nothing has been sent before there is a connection: trying again is safe for every statement. */
  private async connected<T>(take: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const taken = await take();
        this.outage.end();
        return taken;
      } catch (error) {
        if (!isConnectionLost(error) || !(await this.outage.wait())) throw error;
      }
    }
  }

  /** The pool may hold more connections that died with the first one: only one that has answered gets the statement. */
  private async readAgain<Row extends object>(statement: SqlFragment, options: QueryOptions): Promise<Row[]> {
    const giveUpAt = this.clock.monotonic() + this.patienceMs;
    for (let losses = 0; ;) {
      try {
        const answer = await this.once(async (session) => {
          if (await isAlive(session)) return { rows: await session.query<Row>(statement, options) };
          return undefined;
        });
        if (answer !== undefined) return answer.rows;
      } catch (error) {
        // A server that goes away again may take this connection as well; a statement that ends its server is not asked on.
        losses += 1;
        if (!isConnectionLost(error) || losses === MOST_LOSSES) throw error;
      }
      const isLate = this.clock.monotonic() > giveUpAt;
      if (isLate || !(await this.outage.wait()))
        throw new DatabaseUnavailableError('the connection was lost');
    }
  }
}

async function isAlive(session: Queryable): Promise<boolean> {
  try {
    await session.query(sql`SELECT 1 AS one`);
    return true;
  } catch (error) {
    if (isConnectionLost(error)) return false;
    throw error;
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
