import { resolve } from 'node:path';
import {
  type AlertDeliveryConfig,
  type AlertEvaluationConfig,
  groupAlertDelivery,
  groupAlertEvaluation,
} from './alerting-settings.js';
import { Environment } from './environment.js';
import { InvalidSettingsError } from './errors.js';
import type { Secret } from './secret.js';
import {
  groupQueryInsights,
  groupQueryPlan,
  type QueryInsightsConfig,
  type QueryPlanConfig,
} from './query-settings.js';
import { groupWebSocket, type WebSocketConfig } from './websocket-settings.js';

/** How the server listens, what it accepts, and how it stops. */
export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly bodyMaxBytes: number;
  /** For a JSON body of events or scheduler runs; NDJSON streams have no limit. */
  readonly eventsBodyMaxBytes: number;
  /** Per API key, or per address without one. */
  readonly rateLimitPerMinute: number;
  /** Bound for reading a whole body, for a pause inside a stream, and for a client that leaves its answer unread. */
  readonly requestTimeoutMs: number;
  readonly trustProxyHops: number;
  /** How long a stopping process still accepts requests while /readyz already says 503. */
  readonly shutdownNotReadyMs: number;
  readonly shutdownDeadlineMs: number;
}

/** Where PostgreSQL is and how its connections are pooled. Without `url` an embedded server is used. */
export interface DatabaseConfig {
  readonly url?: Secret;
  /** Absolute path; holds the embedded server's data. */
  readonly dataDir: string;
  readonly poolMin: number;
  readonly poolMax: number;
  readonly poolIdleMs: number;
  readonly poolAcquireMs: number;
  readonly connectionMaxAgeMs: number;
  readonly statementTimeoutMs: number;
  readonly connectDeadlineMs: number;
  /** Statements wait this long in all for a server that went away; 0: not at all. */
  readonly patienceMs: number;
}

/** Watch over the connection pool, and the replicas beside it. */
export interface PoolConfig {
  readonly healthCheckMs: number;
  /** A connection held longer is looked at: it may be a leak. */
  readonly leakAfterMs: number;
  /** Garbage of a larger heap is not collected for a proof while nobody waits for a connection. */
  readonly leakProofMaxHeapBytes: number;
  /** Statements that run longer are listed. */
  readonly longRunningMs: number;
  /** Statements that run longer are cancelled, and if that does not help ended; 0: none. */
  readonly terminateAfterMs: number;
  /** application_name of those whose statements may run for ever. */
  readonly sparedApplications: readonly string[];
  readonly replicaUrls: readonly Secret[];
  readonly replicaCheckMs: number;
  readonly replicaMaxLagMs: number;
  readonly replicaMaxLagBytes: number;
}

/** Where Redis is, if anywhere. */
export interface RedisConfig {
  readonly url?: Secret;
  /** host:port of at least one node of a Redis Cluster. */
  readonly clusterNodes?: readonly string[];
  readonly commandTimeoutMs: number;
}

/** What is logged. */
export interface LoggingConfig {
  readonly level: Environment['LOG_LEVEL'];
}

/** Who may do what without asking the database. */
export interface TenancyConfig {
  /** First admin key of tenant `default`; generated and printed once when absent. */
  readonly adminKey?: Secret;
  /** Reads under /metrics need no key. */
  readonly isMetricsReadOpen: boolean;
}

/** Rollups and retention of collector metrics. */
export interface CollectorsConfig {
  readonly rollupIntervalMs: number;
  readonly rawRetentionDays: number;
  readonly hourlyRetentionDays: number;
  readonly dailyRetentionDays: number;
}

/** Workers of batch jobs. */
export interface BatchConfig {
  /** Partitions this instance works on at once; 0: it only takes jobs in. */
  readonly workers: number;
  /** Workers stand still while the process takes more memory. */
  readonly maxRssBytes: number;
  /** Jobs that have ended are kept this long, with their dead letters. */
  readonly retentionDays: number;
}

/** Where locks are taken from, and their bounds. */
export interface LocksConfig {
  readonly backend: Environment['LOCK_BACKEND'];
  /** Masters that vote; an odd number. Without them the one of `redis` decides alone. */
  readonly redisUrls?: readonly Secret[];
  /** Deployments with different namespaces share a Redis without meeting. */
  readonly namespace: string;
  readonly ttlMs: number;
  /** No lock lives longer without an extension; a server that lost its memory gives none for this long. */
  readonly maxTtlMs: number;
  readonly waitMs: number;
  /** An event loop that stands still for longer loses its locks. */
  readonly blockedMs: number;
}

/** The multi-tier cache. */
export interface CacheConfig {
  /** Off: nothing is kept in any tier, and every read loads. */
  readonly isEnabled: boolean;
  /** TTL of values that name none. */
  readonly ttlMs: number;
  /** Bounds of the tier in the process: entries, and bytes of their keys and values. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** A value whose JSON is longer is answered and not kept. */
  readonly maxValueBytes: number;
  readonly evictionPolicy: Environment['CACHE_EVICTION_POLICY'];
  /** Caches with different namespaces share a Redis without meeting. */
  readonly namespace: string;
  readonly loadTimeoutMs: number;
  /** Other processes wait this long for a process that died while it loaded a value. */
  readonly leaseMs: number;
  /** How long, without Redis, a value is served that another instance may have invalidated. */
  readonly outageStaleMs: number;
  /** Warm up at start. */
  readonly isWarmingEnabled: boolean;
  readonly warmingStrategy: Environment['CACHE_WARMING_STRATEGY'];
  /** Values of a warm-up that are loaded at once. */
  readonly warmingConcurrency: number;
}

/** All settings, one group a module. */
export interface Settings {
  readonly http: HttpConfig;
  readonly database: DatabaseConfig;
  readonly pool: PoolConfig;
  readonly redis: RedisConfig;
  readonly logging: LoggingConfig;
  readonly tenancy: TenancyConfig;
  readonly collectors: CollectorsConfig;
  readonly cache: CacheConfig;
  readonly locks: LocksConfig;
  readonly batch: BatchConfig;
  readonly queryInsights: QueryInsightsConfig;
  readonly queryPlan: QueryPlanConfig;
  readonly alertEvaluation: AlertEvaluationConfig;
  readonly alertDelivery: AlertDeliveryConfig;
  readonly webSocket: WebSocketConfig;
}

/**
 * Validates and groups the environment. An empty variable counts as unset.
 * @throws InvalidSettingsError CONFIG_INVALID, naming every wrong variable
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(set);
  if (!parsed.success) {
    throw new InvalidSettingsError(
      parsed.error.issues.map(({ path, message }) => describeProblem(String(path[0]), message, set)),
    );
  }
  return group(parsed.data);
}

function describeProblem(name: string, message: string, set: Record<string, string | undefined>): string {
  const isSecret = /KEY|URL|PASSWORD|TOKEN|SECRET/.test(name);
  const shown = isSecret || set[name] === undefined ? '' : `="${set[name].slice(0, 100)}"`;
  return `${name}${shown}: ${message}`;
}

function group(env: Environment): Settings {
  return {
    http: {
      host: env.HOST,
      port: env.PORT,
      bodyMaxBytes: env.HTTP_BODY_MAX_BYTES,
      eventsBodyMaxBytes: env.HTTP_EVENTS_BODY_MAX_BYTES,
      rateLimitPerMinute: env.HTTP_RATE_LIMIT_PER_MINUTE,
      requestTimeoutMs: env.HTTP_REQUEST_TIMEOUT_MS,
      trustProxyHops: env.HTTP_TRUST_PROXY_HOPS,
      shutdownNotReadyMs: env.SHUTDOWN_NOT_READY_MS,
      shutdownDeadlineMs: env.SHUTDOWN_DEADLINE_MS,
    },
    database: groupDatabase(env),
    pool: groupPool(env),
    redis: {
      ...(env.REDIS_URL && { url: env.REDIS_URL }),
      ...(env.REDIS_CLUSTER_NODES && { clusterNodes: env.REDIS_CLUSTER_NODES }),
      commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT_MS,
    },
    logging: { level: env.LOG_LEVEL },
    tenancy: {
      ...(env.PLIMSOLL_ADMIN_KEY && { adminKey: env.PLIMSOLL_ADMIN_KEY }),
      isMetricsReadOpen: env.METRICS_ANONYMOUS_READ || isLoopback(env.HOST),
    },
    collectors: {
      rollupIntervalMs: env.COLLECTORS_ROLLUP_INTERVAL_MS,
      rawRetentionDays: env.COLLECTORS_RAW_RETENTION_DAYS,
      hourlyRetentionDays: env.COLLECTORS_HOURLY_RETENTION_DAYS,
      dailyRetentionDays: env.COLLECTORS_DAILY_RETENTION_DAYS,
    },
    cache: groupCache(env),
    locks: groupLocks(env),
    batch: {
      workers: env.BATCH_WORKERS,
      maxRssBytes: env.BATCH_MAX_RSS_BYTES,
      retentionDays: env.BATCH_RETENTION_DAYS,
    },
    queryInsights: groupQueryInsights(env),
    queryPlan: groupQueryPlan(env),
    alertEvaluation: groupAlertEvaluation(env),
    alertDelivery: groupAlertDelivery(env),
    webSocket: groupWebSocket(env),
  };
}

function groupCache(env: Environment): CacheConfig {
  return {
    isEnabled: env.CACHE_ENABLED,
    ttlMs: env.CACHE_TTL_SECONDS * 1_000,
    maxEntries: env.CACHE_MAX_SIZE,
    maxBytes: env.CACHE_MAX_BYTES,
    maxValueBytes: env.CACHE_MAX_VALUE_BYTES,
    evictionPolicy: env.CACHE_EVICTION_POLICY,
    namespace: env.CACHE_NAMESPACE,
    loadTimeoutMs: env.CACHE_LOAD_TIMEOUT_MS,
    leaseMs: env.CACHE_LEASE_MS,
    outageStaleMs: env.CACHE_OUTAGE_STALE_MS,
    isWarmingEnabled: env.CACHE_WARMING_ENABLED,
    warmingStrategy: env.CACHE_WARMING_STRATEGY,
    warmingConcurrency: env.CACHE_WARMING_CONCURRENCY,
  };
}

function groupLocks(env: Environment): LocksConfig {
  return {
    backend: env.LOCK_BACKEND,
    ...(env.LOCK_REDIS_URLS && { redisUrls: env.LOCK_REDIS_URLS }),
    namespace: env.LOCK_NAMESPACE,
    ttlMs: env.LOCK_TTL_MS,
    maxTtlMs: env.LOCK_MAX_TTL_MS,
    waitMs: env.LOCK_WAIT_MS,
    blockedMs: env.LOCK_BLOCKED_MS,
  };
}

function groupDatabase(env: Environment): DatabaseConfig {
  return {
    ...(env.DATABASE_URL && { url: env.DATABASE_URL }),
    dataDir: resolve(env.PLIMSOLL_DATA_DIR),
    poolMin: env.DATABASE_POOL_MIN,
    poolMax: env.DATABASE_POOL_MAX,
    poolIdleMs: env.DATABASE_POOL_IDLE_MS,
    poolAcquireMs: env.DATABASE_POOL_ACQUIRE_MS,
    connectionMaxAgeMs: env.DATABASE_CONNECTION_MAX_AGE_MS,
    statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
    connectDeadlineMs: env.DATABASE_CONNECT_DEADLINE_MS,
    patienceMs: env.DATABASE_PATIENCE_MS,
  };
}

function groupPool(env: Environment): PoolConfig {
  return {
    healthCheckMs: env.POOL_HEALTH_CHECK_MS,
    leakAfterMs: env.POOL_LEAK_AFTER_MS,
    leakProofMaxHeapBytes: env.POOL_LEAK_PROOF_MAX_HEAP_BYTES,
    longRunningMs: env.POOL_LONG_RUNNING_MS,
    terminateAfterMs: env.POOL_TERMINATE_AFTER_MS,
    sparedApplications: env.POOL_TERMINATE_SPARED_APPLICATIONS ?? [],
    replicaUrls: env.DATABASE_REPLICA_URLS ?? [],
    replicaCheckMs: env.POOL_REPLICA_CHECK_MS,
    replicaMaxLagMs: env.POOL_REPLICA_MAX_LAG_MS,
    replicaMaxLagBytes: env.POOL_REPLICA_MAX_LAG_BYTES,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
