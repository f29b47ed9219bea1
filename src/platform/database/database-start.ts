import { Inject, Injectable } from '@nestjs/common';
import type { Sequelize } from 'sequelize';
import { DATABASE_CONFIG, type DatabaseConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { retry } from '../../kernel/retry.js';
import { Logger } from '../logging/index.js';
import { Database } from './database.js';
import { DatabaseServer } from './database-server.js';
import { DatabaseUnavailableError } from './errors.js';
import { migrate } from './migrations.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

/** Waits, within a bound, for a server that is still starting, and brings its schema up to date. */
@Injectable()
export class DatabaseStart {
  constructor(
    private readonly server: DatabaseServer,
    @Inject(DATABASE_CONFIG) private readonly config: DatabaseConfig,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  /** @throws DatabaseUnavailableError, MigrationError, the reason of `interrupted`; an embedded server is stopped then */
  async open(sequelize: Sequelize, interrupted: AbortSignal): Promise<Database> {
    const { clock, ids, config } = this;
    const database = new Database(sequelize, { clock, ids, patienceMs: config.patienceMs });
    try {
      const names = await retry(
        () => {
          interrupted.throwIfAborted();
          return migrate(database, this.clock, { interrupted });
        },
        {
          firstDelayMs: FIRST_RETRY_MS,
          maxDelayMs: LONGEST_RETRY_MS,
          deadlineMs: this.config.connectDeadlineMs,
          signal: interrupted,
          isRetryable: (error) => error instanceof DatabaseUnavailableError,
        },
        { clock: this.clock, ids: this.ids },
      );
      if (names.length > 0) this.logger.info('Database migrated', { names });
      return database;
    } catch (error) {
      await this.server.stop();
      throw error;
    }
  }
}
