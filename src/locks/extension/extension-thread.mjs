// The thread that prolongs locks; see thread-extender.ts. It has connections of its own.
// @ts-check
import { once } from 'node:events';
import { workerData } from 'node:worker_threads';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';

/** @typedef {import('./messages.js').ExtensionOrder} ExtensionOrder */
/** @typedef {import('./messages.js').ExtensionChange} ExtensionChange */
/** @typedef {import('./messages.js').ExtensionNews} ExtensionNews */
/** @typedef {import('./messages.js').WatchedLock} WatchedLock */
/** Prolongs one part of a lock. False: the lock is not there any more. Rejects when that cannot be known.
 * @typedef {(part: readonly [server: number, key: string, value: string], ttlMs: number) => Promise<boolean>} Extend
 * @typedef {{ extend: Extend, ready: Promise<unknown> }} Connected */

const LOOK_MS = 20;
/** Extensions come after this share of the TTL; a failed one is repeated after that share of it. */
const DUE_SHARE = 1 / 3;
const AGAIN_SHARE = 1 / 12;
/** As validUntil of lock-queue.ts. */
const DRIFT_SHARE = 0.01;
const DRIFT_MS = 2;

const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const UPDATE = `
UPDATE locks SET expires_at = clock_timestamp() + $3::double precision * interval '1 millisecond'
WHERE resource = $1 AND claim = $2 AND expires_at > clock_timestamp()`;

const order = /** @type {ExtensionOrder & { port: import('node:worker_threads').MessagePort }} */ (
  workerData
);
const heartbeat = new Float64Array(order.heartbeat);
/** @type {Map<string, { lock: WatchedLock, dueAtMs: number, validUntilMs: number, isBusy: boolean }>} */
const watched = new Map();

const connected =
  order.servers.kind === 'redis' ? extendInRedis(order.servers) : extendInPostgres(order.servers);

order.port.on('message', (/** @type {ExtensionChange} */ { watch, forget }) => {
  for (const lock of watch) {
    const { id, ttlMs, validUntilMs } = lock;
    watched.set(id, { lock, dueAtMs: now() + ttlMs * DUE_SHARE, validUntilMs, isBusy: false });
  }
  for (const id of forget) watched.delete(id);
});
setInterval(look, LOOK_MS);
connected.ready.finally(() => tell({ kind: 'ready' }));

function look() {
  const nowMs = now();
  const isTurning = nowMs - (heartbeat[0] ?? 0) < order.blockedMs;
  for (const entry of watched.values()) {
    if (nowMs >= entry.validUntilMs) watched.delete(entry.lock.id);
    else if (isTurning && !entry.isBusy && nowMs >= entry.dueAtMs) void prolong(entry);
  }
}

/** @param {{ lock: WatchedLock, dueAtMs: number, validUntilMs: number, isBusy: boolean }} entry */
async function prolong(entry) {
  const { id, ttlMs, parts, quorum, besides } = entry.lock;
  const askedAtMs = now();
  entry.isBusy = true;
  for (const part of besides) connected.extend(part, ttlMs).catch(() => undefined);
  const answers = await Promise.allSettled(parts.map((part) => connected.extend(part, ttlMs)));
  entry.isBusy = false;
  if (watched.get(id) !== entry) return;
  const agreed = answers.filter((answer) => answer.status === 'fulfilled' && answer.value).length;
  const refused = answers.filter((answer) => answer.status === 'fulfilled' && !answer.value).length;
  if (agreed >= quorum) {
    entry.validUntilMs = askedAtMs + ttlMs - ttlMs * DRIFT_SHARE - DRIFT_MS;
    entry.dueAtMs = askedAtMs + ttlMs * DUE_SHARE;
    tell({ kind: 'extended', id, validUntilMs: entry.validUntilMs });
  } else if (parts.length - refused < quorum) {
    watched.delete(id);
    tell({ kind: 'lost', id });
  } else {
    entry.dueAtMs = now() + ttlMs * AGAIN_SHARE;
    const failure = answers.find((answer) => answer.status === 'rejected');
    tell({ kind: 'failed', reason: failure?.status === 'rejected' ? String(failure.reason) : 'unknown' });
  }
}

/** @param {ExtensionNews} news */
function tell(news) {
  order.port.postMessage(news);
}

/** On the clock of the application. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6 - order.offsetMs;
}

/**
 * @param {Extract<ExtensionOrder['servers'], { kind: 'redis' }>} servers
 * @returns {Connected}
 */
function extendInRedis({ urls, clusterNodes }) {
  const { commandTimeoutMs: commandTimeout } = order;
  const options = { commandTimeout, maxRetriesPerRequest: 0, enableOfflineQueue: false };
  const retryStrategy = () => 200;
  const clients =
    clusterNodes.length > 0
      ? [new Cluster([...clusterNodes], { redisOptions: { commandTimeout }, enableOfflineQueue: false })]
      : urls.map((url) => new Redis(url, { ...options, retryStrategy }));
  for (const client of clients) client.on('error', () => undefined);
  const ready = Promise.all(clients.map((client) => once(client, 'ready')));
  /** @type {Extend} */
  const extend = async ([server, key, value], ttlMs) =>
    (await clients[server]?.eval(EXTEND, 1, key, value, ttlMs)) === 1;
  return { extend, ready };
}

/**
 * @param {Extract<ExtensionOrder['servers'], { kind: 'postgres' }>} servers
 * @returns {Connected}
 */
function extendInPostgres({ url }) {
  const { commandTimeoutMs: query_timeout } = order;
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    query_timeout,
    connectionTimeoutMillis: query_timeout,
  });
  pool.on('error', () => undefined);
  /** @type {Extend} */
  const extend = async ([, resource, claim], ttlMs) => {
    const { rowCount } = await pool.query(UPDATE, [resource, claim, ttlMs]);
    return rowCount === 1;
  };
  return { extend, ready: pool.query('SELECT 1').catch(() => undefined) };
}
