import type pg from 'pg';
import type { Sequelize } from 'sequelize';
import { translate } from './errors.js';

/** What whoever takes a connection says about it. Sequelize itself gives `type` for statements, `uuid` for transactions. */
export interface AcquireOptions {
  readonly type?: string;
  readonly uuid?: string;
  /** The object by which the connection is used and given back: once nothing refers to it, nobody can give it back. */
  readonly handle?: object;
}

/** The part of Sequelize's connection manager that the typings leave out. */
export interface ConnectionSource {
  /** Absent before the first connection. */
  readonly pool?: { readonly waiting: number };
  getConnection(options?: AcquireOptions): Promise<pg.Client>;
  releaseConnection(connection: pg.Client): void;
  destroyConnection(connection: pg.Client): Promise<void>;
}

/** Where the connections of an instance come from. */
export function connectionSourceOf(sequelize: Sequelize): ConnectionSource {
  return sequelize.connectionManager as unknown as ConnectionSource;
}

/** A connection, or a typed error. @throws DatabaseUnavailableError, PoolExhaustedError */
export async function acquire(source: ConnectionSource, options: AcquireOptions): Promise<pg.Client> {
  try {
    return await source.getConnection(options);
  } catch (error) {
    throw translate(error);
  }
}

/** Gives a connection back; one that is lost must serve nobody else. */
export function giveBack(source: ConnectionSource, client: pg.Client, isLost: boolean): void {
  if (!isLost) source.releaseConnection(client);
  // Nobody waits for its end: its place in the pool is free at once.
  else source.destroyConnection(client).catch(() => undefined);
}
