export { Checkout } from './checkout.js';
export type { AcquireOptions } from './connection-source.js';
export { Database, type DatabaseOptions, type ReadRouter } from './database.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseServer } from './database-server.js';
export {
  DatabaseUnavailableError,
  isConnectionLost,
  MigrationError,
  PoolExhaustedError,
  type PoolHolder,
  StatementTimeoutError,
  TransactionConflictError,
} from './errors.js';
export {
  GuardedConnection,
  type GuardedConnectionOptions,
  type StatementFailure,
  statementFailureOf,
} from './guarded-connection.js';
export { migrate, MIGRATIONS_APPLICATION, MIGRATIONS_DIR } from './migrations.js';
export { MONITOR_APPLICATION, MonitorDatabase, openMonitorDatabase } from './monitor-database.js';
export { Notifications } from './notifications.js';
export type {
  Isolation,
  Queryable,
  QueryOptions,
  ReadOptions,
  SentStatement,
  StatementOutcome,
  StatementWatcher,
} from './queryable.js';
export {
  createPartition,
  dropPartition,
  keepWeeks,
  partitionNames,
  type TimePartition,
  type WeeklyPartitions,
} from './time-partitions.repository.js';
export { createSequelize, SEQUELIZE } from './sequelize.js';
