import { z } from 'zod';
import { ALERTING_VARIABLES } from './alerting-variables.js';
import { Secret } from './secret.js';
import { flag, secretUrl, wholeNumber } from './variables.js';
import { WEBSOCKET_VARIABLES } from './websocket-variables.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1_048_576;

/** `plim_<id>_<secret>`; the secret has at least 32 characters. */
export const API_KEY_PATTERN = /^plim_([A-Za-z0-9.-]{1,64})_([\x21-\x7e]{32,512})$/;

/** "host:port" of one Redis Cluster node; an IPv6 host stands in brackets. */
const CLUSTER_NODE = /^(\[[0-9a-fA-F:]+\]|[^\s:,]+):\d{1,5}$/;

/** Every variable Plimsoll reads, with its default: the only place where a default stands. */
export const Environment = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: wholeNumber(0, 65_535).default(3_000),
    PLIMSOLL_DATA_DIR: z.string().default('.data'),
    PLIMSOLL_ADMIN_KEY: z
      .string()
      .regex(API_KEY_PATTERN, 'must be plim_<id>_<secret> with a secret of 32 characters or more')
      .transform((text) => new Secret(text))
      .optional(),
    METRICS_ANONYMOUS_READ: flag.default(false),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),

    DATABASE_URL: secretUrl(/^postgres(ql)?$/).optional(),
    DATABASE_POOL_MIN: wholeNumber(0, 1_000).default(5),
    DATABASE_POOL_MAX: wholeNumber(1, 1_000).default(20),
    DATABASE_POOL_IDLE_MS: wholeNumber(SECOND_MS, HOUR_MS).default(10 * SECOND_MS),
    DATABASE_POOL_ACQUIRE_MS: wholeNumber(100, 10 * MINUTE_MS).default(30 * SECOND_MS),
    DATABASE_CONNECTION_MAX_AGE_MS: wholeNumber(SECOND_MS, 24 * HOUR_MS).default(30 * MINUTE_MS),
    DATABASE_STATEMENT_TIMEOUT_MS: wholeNumber(100, HOUR_MS).default(30 * SECOND_MS),
    DATABASE_CONNECT_DEADLINE_MS: wholeNumber(SECOND_MS, 10 * MINUTE_MS).default(30 * SECOND_MS),

    DATABASE_PATIENCE_MS: wholeNumber(0, MINUTE_MS).default(5 * SECOND_MS),
    DATABASE_REPLICA_URLS: z
      .string()
      .transform((text) => text.split(',').map((url) => url.trim()))
      .pipe(
        z
          .array(secretUrl(/^postgres(ql)?$/))
          .min(1)
          .max(16),
      )
      .optional(),

    POOL_HEALTH_CHECK_MS: wholeNumber(SECOND_MS, HOUR_MS).default(30 * SECOND_MS),
    POOL_LEAK_AFTER_MS: wholeNumber(SECOND_MS, HOUR_MS).default(30 * SECOND_MS),
    POOL_LEAK_PROOF_MAX_HEAP_BYTES: wholeNumber(0, 64 * 1_024 * MIB).default(128 * MIB),
    POOL_LONG_RUNNING_MS: wholeNumber(100, HOUR_MS).default(5 * SECOND_MS),
    POOL_TERMINATE_AFTER_MS: wholeNumber(0, 24 * HOUR_MS).default(0),
    POOL_TERMINATE_SPARED_APPLICATIONS: z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().min(1).max(63)))
      .optional(),
    POOL_REPLICA_CHECK_MS: wholeNumber(100, HOUR_MS).default(2 * SECOND_MS),
    POOL_REPLICA_MAX_LAG_MS: wholeNumber(0, HOUR_MS).default(5 * SECOND_MS),
    POOL_REPLICA_MAX_LAG_BYTES: wholeNumber(0, 1_024 * 1_024 * MIB).default(16 * MIB),

    REDIS_URL: secretUrl(/^rediss?$/).optional(),
    REDIS_CLUSTER_NODES: z
      .string()
      .transform((text) => text.split(',').map((node) => node.trim()))
      .pipe(z.array(z.string().regex(CLUSTER_NODE, 'must be host:port, separated by commas')).min(1))
      .optional(),
    REDIS_COMMAND_TIMEOUT_MS: wholeNumber(10, MINUTE_MS).default(100),

    HTTP_BODY_MAX_BYTES: wholeNumber(1_024, 100 * MIB).default(MIB),
    HTTP_EVENTS_BODY_MAX_BYTES: wholeNumber(1_024, 100 * MIB).default(8 * MIB),
    HTTP_RATE_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000_000).default(600_000),
    HTTP_REQUEST_TIMEOUT_MS: wholeNumber(SECOND_MS, HOUR_MS).default(MINUTE_MS),
    HTTP_TRUST_PROXY_HOPS: wholeNumber(0, 10).default(0),
    SHUTDOWN_NOT_READY_MS: wholeNumber(0, 10 * MINUTE_MS).default(SECOND_MS),
    SHUTDOWN_DEADLINE_MS: wholeNumber(100, 10 * MINUTE_MS).default(10 * SECOND_MS),

    COLLECTORS_ROLLUP_INTERVAL_MS: wholeNumber(100, 5 * MINUTE_MS).default(2 * SECOND_MS),
    COLLECTORS_RAW_RETENTION_DAYS: wholeNumber(1, 3_650).default(90),
    COLLECTORS_HOURLY_RETENTION_DAYS: wholeNumber(1, 3_650).default(400),
    COLLECTORS_DAILY_RETENTION_DAYS: wholeNumber(1, 36_500).default(1_830),

    BATCH_WORKERS: wholeNumber(0, 64).default(2),
    BATCH_RETENTION_DAYS: wholeNumber(1, 3_650).default(30),
    BATCH_MAX_RSS_BYTES: wholeNumber(64 * MIB, 1_024 * 1_024 * MIB).default(1_024 * MIB),

    LOCK_BACKEND: z.enum(['auto', 'process', 'postgres', 'redis']).default('auto'),
    LOCK_REDIS_URLS: z
      .string()
      .transform((text) => text.split(',').map((url) => url.trim()))
      .pipe(
        z
          .array(secretUrl(/^rediss?$/))
          .min(1)
          .max(15),
      )
      .optional(),
    LOCK_NAMESPACE: z.string().max(100).default('plimsoll'),
    LOCK_TTL_MS: wholeNumber(100, 10 * MINUTE_MS).default(10 * SECOND_MS),
    LOCK_MAX_TTL_MS: wholeNumber(100, 10 * MINUTE_MS).default(MINUTE_MS),
    LOCK_WAIT_MS: wholeNumber(0, HOUR_MS).default(10 * SECOND_MS),
    LOCK_BLOCKED_MS: wholeNumber(100, 10 * MINUTE_MS).default(10 * SECOND_MS),

    QUERY_SLOW_MS: wholeNumber(1, HOUR_MS).default(SECOND_MS),
    QUERY_MONITORS_ENABLED: flag.default(true),
    QUERY_STATEMENTS_INTERVAL_MS: wholeNumber(SECOND_MS, 10 * MINUTE_MS).default(30 * SECOND_MS),
    QUERY_BASELINE_WINDOW_MS: wholeNumber(SECOND_MS, HOUR_MS).default(5 * MINUTE_MS),
    QUERY_BASELINE_RETENTION_DAYS: wholeNumber(1, 365).default(14),
    QUERY_PLAN_ANALYZE_ENABLED: flag.default(false),
    QUERY_PLAN_DATABASE_URL: secretUrl(/^postgres(ql)?$/).optional(),

    CACHE_ENABLED: flag.default(true),
    CACHE_TTL_SECONDS: wholeNumber(1, 86_400).default(300),
    CACHE_MAX_SIZE: wholeNumber(0, 10_000_000).default(1_000),
    CACHE_MAX_BYTES: wholeNumber(0, 64 * 1_024 * MIB).default(64 * MIB),
    CACHE_MAX_VALUE_BYTES: wholeNumber(1_024, 256 * MIB).default(8 * MIB),
    CACHE_EVICTION_POLICY: z.enum(['s3-fifo', 'lru']).default('s3-fifo'),
    CACHE_NAMESPACE: z.string().max(100).default('plimsoll'),
    CACHE_LOAD_TIMEOUT_MS: wholeNumber(10, HOUR_MS).default(30 * SECOND_MS),
    CACHE_LEASE_MS: wholeNumber(100, MINUTE_MS).default(SECOND_MS),
    CACHE_OUTAGE_STALE_MS: wholeNumber(100, MINUTE_MS).default(5 * SECOND_MS),
    CACHE_WARMING_ENABLED: flag.default(false),
    CACHE_WARMING_STRATEGY: z
      .enum(['CRITICAL_ONLY', 'HIGH_FREQUENCY', 'RECENT_DATA', 'COMPREHENSIVE'])
      .default('CRITICAL_ONLY'),
    CACHE_WARMING_CONCURRENCY: wholeNumber(1, 64).default(4),

    ...ALERTING_VARIABLES,

    ...WEBSOCKET_VARIABLES,
  })
  .superRefine((env, context) => {
    const demand = (isMet: boolean, name: string, message: string): void => {
      if (!isMet) context.addIssue({ code: 'custom', path: [name], message });
    };
    demand(
      env.DATABASE_POOL_MIN <= env.DATABASE_POOL_MAX,
      'DATABASE_POOL_MIN',
      `must not exceed DATABASE_POOL_MAX (${env.DATABASE_POOL_MAX})`,
    );
    demand(
      env.POOL_TERMINATE_AFTER_MS === 0 || env.POOL_TERMINATE_AFTER_MS >= env.POOL_LONG_RUNNING_MS,
      'POOL_TERMINATE_AFTER_MS',
      `must be 0 (off) or at least POOL_LONG_RUNNING_MS (${env.POOL_LONG_RUNNING_MS})`,
    );
    demand(
      env.REDIS_URL === undefined || env.REDIS_CLUSTER_NODES === undefined,
      'REDIS_CLUSTER_NODES',
      'and REDIS_URL exclude each other: set one of them',
    );
    demand(
      (env.LOCK_REDIS_URLS ?? [1]).length % 2 === 1,
      'LOCK_REDIS_URLS',
      'must name an odd number of servers: an even one survives no more losses, and may vote in a draw',
    );
    demand(
      env.LOCK_TTL_MS <= env.LOCK_MAX_TTL_MS,
      'LOCK_TTL_MS',
      `must not exceed LOCK_MAX_TTL_MS (${env.LOCK_MAX_TTL_MS})`,
    );
    demand(
      env.LOCK_BACKEND !== 'redis' ||
        (env.LOCK_REDIS_URLS ?? env.REDIS_URL ?? env.REDIS_CLUSTER_NODES) !== undefined,
      'LOCK_BACKEND',
      'needs LOCK_REDIS_URLS, REDIS_URL or REDIS_CLUSTER_NODES',
    );
    demand(
      // A late event's day is merged from its hours: all of them must be there for as long as events are taken.
      env.COLLECTORS_RAW_RETENTION_DAYS + 2 <= env.COLLECTORS_HOURLY_RETENTION_DAYS,
      'COLLECTORS_HOURLY_RETENTION_DAYS',
      `must be at least COLLECTORS_RAW_RETENTION_DAYS + 2 (${env.COLLECTORS_RAW_RETENTION_DAYS + 2})`,
    );
    demand(
      env.COLLECTORS_HOURLY_RETENTION_DAYS <= env.COLLECTORS_DAILY_RETENTION_DAYS,
      'COLLECTORS_DAILY_RETENTION_DAYS',
      `must be at least COLLECTORS_HOURLY_RETENTION_DAYS (${env.COLLECTORS_HOURLY_RETENTION_DAYS})`,
    );
  });

/** The environment after validation. */
export type Environment = z.output<typeof Environment>;
