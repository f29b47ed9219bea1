export {
  Database,
  type Isolation,
  type Queryable,
  type QueryOptions,
  type SentStatement,
  type StatementOutcome,
  type StatementWatcher,
} from './database.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseServer } from './database-server.js';
export {
  DatabaseUnavailableError,
  MigrationError,
  StatementTimeoutError,
  TransactionConflictError,
} from './errors.js';
export {
  GuardedConnection,
  type GuardedConnectionOptions,
  type StatementFailure,
  statementFailureOf,
} from './guarded-connection.js';
export { migrate, MIGRATIONS_DIR } from './migrations.js';
export { Notifications } from './notifications.js';
export { createSequelize, SEQUELIZE } from './sequelize.js';
