import type { Duplex } from 'node:stream';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import type { DatabaseConfig } from '../../config/index.js';
import type { Clock } from '../../kernel/clock.js';
import { type Ids, RandomIds } from '../../kernel/ids.js';

/** DI token of the Sequelize instance: owner of the connection pool. */
export const SEQUELIZE = Symbol('SEQUELIZE');

const IDLE_IN_TRANSACTION_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The server cancels first; the client gives up this much later, for a server that is frozen. */
const QUERY_TIMEOUT_MARGIN_MS = 5_000;

/** Connections that were opened together do not end together. */
const AGE_JITTER = 0.1;

/** A server that does not answer must not keep its place in the pool. */
const DISCONNECT_MS = 1_000;

/** What may differ between the pools of one process. */
export interface SequelizeOptions {
  /** Shown by the server in pg_stat_activity. */
  readonly applicationName?: string;
  readonly ids?: Ids;
}

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
export function createSequelize(
  url: string,
  config: DatabaseConfig,
  clock: Clock,
  { applicationName = 'plimsoll', ids = new RandomIds() }: SequelizeOptions = {},
): Sequelize {
  const ages = new ConnectionAges(config.connectionMaxAgeMs, clock, ids);
  const sequelize = new Sequelize(url, {
    dialect: 'postgres',
    dialectModule: { ...pg, Client: WatchedClient },
    logging: false,
    pool: {
      min: config.poolMin,
      max: config.poolMax,
      idle: config.poolIdleMs,
      acquire: config.poolAcquireMs,
      validate: (connection) => isUsable(connection as pg.Client) && ages.isYoung(connection as pg.Client),
    },
    dialectOptions: {
      application_name: applicationName,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: config.statementTimeoutMs,
      query_timeout: config.statementTimeoutMs + QUERY_TIMEOUT_MARGIN_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    },
  });
  sequelize.addHook('afterConnect', (connection) => ages.begin(connection as pg.Client));
  sequelize.addHook('beforeDisconnect', (connection) => cutLater(connection as pg.Client, clock));
  return sequelize;
}

function isUsable(connection: object): boolean {
  const { _invalid: isInvalid, _ending: isEnding } = connection as { _invalid?: boolean; _ending?: boolean };
  return isInvalid !== true && isEnding !== true;
}

/** When each connection is to be replaced. */
class ConnectionAges {
  private readonly endsAt = new WeakMap<object, number>();

  constructor(
    private readonly maxAgeMs: number,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  begin(connection: object): void {
    const ageMs = this.maxAgeMs * (1 - AGE_JITTER * this.ids.fraction());
    this.endsAt.set(connection, this.clock.monotonic() + ageMs);
  }

  isYoung(connection: object): boolean {
    return this.clock.monotonic() <= (this.endsAt.get(connection) ?? Infinity);
  }
}

/** Cuts the socket when the server does not take part in a polite end. */
function cutLater(client: pg.Client, clock: Clock): void {
  const timer = clock.after(DISCONNECT_MS, () => {
    // The typings leave it out.
    (client as unknown as { connection: { stream: Duplex } }).connection.stream.destroy();
  });
  client.once('end', () => timer.cancel());
}
