import pg from 'pg';
import { Sequelize } from 'sequelize';
import type { DatabaseConfig } from '../../config/index.js';
import type { Clock } from '../../kernel/clock.js';

/** DI token of the Sequelize instance: owner of the connection pool. */
export const SEQUELIZE = Symbol('SEQUELIZE');

const IDLE_IN_TRANSACTION_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The server cancels first; the client gives up this much later, for a server that is frozen. */
const QUERY_TIMEOUT_MARGIN_MS = 5_000;

/**
 * Sequelize listens for errors of a connection only when it is set up: a server that ends it before that would end this
 * process. What went wrong is told to whoever waits for the connection.
 */
class WatchedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** The Sequelize instance with the pool settings of the environment. Opens no connection yet. */
export function createSequelize(url: string, config: DatabaseConfig, clock: Clock): Sequelize {
  return new Sequelize(url, {
    dialect: 'postgres',
    dialectModule: { ...pg, Client: WatchedClient },
    logging: false,
    pool: {
      min: config.poolMin,
      max: config.poolMax,
      idle: config.poolIdleMs,
      acquire: config.poolAcquireMs,
      validate: youngerThan(config.connectionMaxAgeMs, clock),
    },
    dialectOptions: {
      application_name: 'plimsoll',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: config.statementTimeoutMs,
      query_timeout: config.statementTimeoutMs + QUERY_TIMEOUT_MARGIN_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    },
  });
}

/** A pool check, run when a connection is handed out: not broken, and not older than `maxAgeMs`. */
function youngerThan(maxAgeMs: number, clock: Clock): (connection: object) => boolean {
  const firstSeenAt = new WeakMap<object, number>();
  return (connection) => {
    const { _invalid: isInvalid, _ending: isEnding } = connection as {
      _invalid?: boolean;
      _ending?: boolean;
    };
    const now = clock.monotonic();
    const since = firstSeenAt.get(connection) ?? now;
    firstSeenAt.set(connection, since);
    return !isInvalid && !isEnding && now - since <= maxAgeMs;
  };
}
