import type { DatabaseConfig } from '../../config/index.js';
import type { Clock } from '../../kernel/clock.js';
import type { Logger } from '../logging/index.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { describeEvent } from './embedded/events.js';

/** The PostgreSQL server behind the pool. */
export abstract class DatabaseServer {
  /** Connection string, with its password: never log it. */
  abstract readonly url: string;
  /** Leaves the server; an embedded one stops with its last user. */
  abstract stop(): Promise<void>;
}

/** A server that somebody else runs. */
export class ExternalServer extends DatabaseServer {
  constructor(readonly url: string) {
    super();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** A server that runs beside this process, for whoever has none. */
export class EmbeddedServer extends DatabaseServer {
  constructor(
    readonly url: string,
    private readonly postgres: EmbeddedPostgres,
  ) {
    super();
  }

  stop(): Promise<void> {
    return this.postgres.stop();
  }
}

/** The server of DATABASE_URL, or else an embedded one, started. */
export async function openDatabaseServer(
  config: DatabaseConfig,
  clock: Clock,
  logger: Logger,
): Promise<DatabaseServer> {
  if (config.url !== undefined) return new ExternalServer(config.url.reveal());
  const postgres = new EmbeddedPostgres({
    dataDir: config.dataDir,
    clock,
    onEvent: (event) => {
      const { level, message, fields } = describeEvent(event);
      logger[level](message, fields);
    },
  });
  const { url } = await postgres.start();
  return new EmbeddedServer(url, postgres);
}
