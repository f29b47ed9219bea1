import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Sequelize } from 'sequelize';
import { DATABASE_CONFIG, type DatabaseConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../logging/index.js';
import { START_INTERRUPTED } from '../runtime/index.js';
import { Database } from './database.js';
import { DatabaseServer, openDatabaseServer } from './database-server.js';
import { DatabaseStart } from './database-start.js';
import { Notifications } from './notifications.js';
import { MonitorDatabase, openMonitorDatabase } from './monitor-database.js';
import { createSequelize, SEQUELIZE } from './sequelize.js';

/** A connection that nobody returns must not keep the process from ending. */
const CLOSE_DEADLINE_MS = 5_000;

/** PostgreSQL for everyone: `Database`, connected and migrated before anything that injects it exists. */
@Global()
@Module({
  providers: [
    {
      provide: DatabaseServer,
      useFactory: openDatabaseServer,
      inject: [DATABASE_CONFIG, Clock, Logger],
    },
    {
      provide: SEQUELIZE,
      useFactory: (server: DatabaseServer, config: DatabaseConfig, clock: Clock, ids: Ids) =>
        createSequelize(server.url, config, clock, { ids }),
      inject: [DatabaseServer, DATABASE_CONFIG, Clock, Ids],
    },
    {
      provide: MonitorDatabase,
      useFactory: (server: DatabaseServer, config: DatabaseConfig, clock: Clock, ids: Ids) =>
        openMonitorDatabase(server.url, config, { clock, ids }),
      inject: [DatabaseServer, DATABASE_CONFIG, Clock, Ids],
    },
    DatabaseStart,
    Notifications,
    {
      provide: Database,
      useFactory: (start: DatabaseStart, sequelize: Sequelize, interrupted: AbortSignal) =>
        start.open(sequelize, interrupted),
      inject: [DatabaseStart, SEQUELIZE, START_INTERRUPTED],
    },
  ],
  exports: [Database, DatabaseServer, MonitorDatabase, Notifications, SEQUELIZE],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(MonitorDatabase) private readonly monitor: MonitorDatabase,
    @Inject(DatabaseServer) private readonly server: DatabaseServer,
    private readonly clock: Clock,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    const closed = new AbortController();
    try {
      const bothClosed = Promise.all([this.database.close(), this.monitor.close()]);
      await Promise.race([bothClosed, this.clock.sleep(CLOSE_DEADLINE_MS, closed.signal)]);
    } finally {
      closed.abort();
      await this.server.stop();
    }
  }
}
