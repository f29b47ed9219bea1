// The thread that prolongs locks; see thread-extender.ts. It has connections of its own.
// @ts-check
import { workerData } from 'node:worker_threads';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';

/** @typedef {import('./messages.js').ExtensionOrder} ExtensionOrder */
/** @typedef {import('./messages.js').TablePage} TablePage */
/** @typedef {import('./messages.js').ExtensionNews} ExtensionNews */
/** A slot of the table of held locks: where it is, which lock was seen there, and what became of that.
 * @typedef {{ turns: Int32Array, numbers: Float64Array, bytes: Buffer, at: number, turn: number, ttlMs: number,
 *   dueAtMs: number, validUntilMs: number, isBusy: boolean }} Slot */
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
const { layout } = order;
/** @type {Slot[]} */
const slots = [];

const connected =
  order.servers.kind === 'redis' ? extendInRedis(order.servers) : extendInPostgres(order.servers);

for (const page of order.pages) addPage(page);
order.port.on('message', (/** @type {TablePage} */ { page }) => addPage(page));
setInterval(look, LOOK_MS);
connected.ready.finally(() => tell({ kind: 'ready' }));

/** @param {SharedArrayBuffer} page */
function addPage(page) {
  const views = { turns: new Int32Array(page), numbers: new Float64Array(page), bytes: Buffer.from(page) };
  const nothing = { turn: 0, ttlMs: 0, dueAtMs: 0, validUntilMs: 0, isBusy: false };
  for (let slot = 0; slot < layout.slots; slot += 1) {
    slots.push({ ...views, at: slot * layout.slotBytes, ...nothing });
  }
}

function look() {
  const nowMs = now();
  const isTurning = nowMs - (heartbeat[0] ?? 0) < order.blockedMs;
  for (const slot of slots) {
    const turn = turnOf(slot);
    if (turn === 0) continue;
    if (turn !== slot.turn) notice(slot, turn);
    if (nowMs >= slot.validUntilMs) continue;
    if (isTurning && !slot.isBusy && nowMs >= slot.dueAtMs) void prolong(slot);
  }
}

/** @param {Slot} slot */
function turnOf({ turns, at }) {
  return Atomics.load(turns, (at + layout.turnAt) / 4);
}

/** Another lock than the last time.
 * @param {Slot} slot
 * @param {number} turn */
function notice(slot, turn) {
  slot.turn = turn;
  slot.isBusy = false;
  slot.ttlMs = slot.turns[(slot.at + layout.ttlAt) / 4] ?? 0;
  slot.validUntilMs = slot.numbers[(slot.at + layout.validUntilAt) / 8] ?? 0;
  slot.dueAtMs = slot.validUntilMs - slot.ttlMs * (1 - DUE_SHARE);
}

/** What stands in a slot; undefined when it was left meanwhile.
 * @param {Slot} slot */
function read({ turns, bytes, at, turn }) {
  const servers = turns[(at + layout.serversAt) / 4] ?? 0;
  const quorum = turns[(at + layout.quorumAt) / 4] ?? 0;
  const from = at + layout.textAt;
  const text = bytes.toString('utf8', from, from + (turns[(at + layout.textLengthAt) / 4] ?? 0));
  // An addition of nothing, since what was read must not be read after this.
  if (Atomics.add(turns, (at + layout.turnAt) / 4, 0) !== turn) return undefined;
  const [id = '', key = '', value = '', besideServer, besideKey = '', besideValue = ''] = text.split('\0');
  /** @type {(readonly [server: number, key: string, value: string])[]} */
  const parts = Array.from({ length: servers }, (_, server) => [server, key, value]);
  /** @type {readonly [server: number, key: string, value: string] | undefined} */
  const beside = besideServer === undefined ? undefined : [Number(besideServer), besideKey, besideValue];
  return { id, parts, quorum, beside };
}

/** @param {Slot} slot */
async function prolong(slot) {
  const lock = read(slot);
  if (lock === undefined) return;
  const { id, parts, quorum, beside } = lock;
  const { turn, ttlMs } = slot;
  const askedAtMs = now();
  slot.isBusy = true;
  if (beside !== undefined) connected.extend(beside, ttlMs).catch(() => undefined);
  const answers = await Promise.allSettled(parts.map((part) => connected.extend(part, ttlMs)));
  if (turnOf(slot) !== turn || slot.turn !== turn) return;
  slot.isBusy = false;
  const agreed = answers.filter((answer) => answer.status === 'fulfilled' && answer.value).length;
  const refused = answers.filter((answer) => answer.status === 'fulfilled' && !answer.value).length;
  if (agreed >= quorum) {
    slot.validUntilMs = askedAtMs + ttlMs - ttlMs * DRIFT_SHARE - DRIFT_MS;
    slot.dueAtMs = askedAtMs + ttlMs * DUE_SHARE;
    tell({ kind: 'extended', id, validUntilMs: slot.validUntilMs });
  } else if (parts.length - refused < quorum) {
    // Nothing is left to prolong.
    slot.validUntilMs = 0;
    tell({ kind: 'lost', id });
  } else {
    slot.dueAtMs = now() + ttlMs * AGAIN_SHARE;
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
  // Locks are prolonged as soon as a majority can be; a server that is away must not keep the thread from that.
  const ready = new Promise((resolve) => {
    let count = 0;
    const note = () => {
      count += 1;
      if (count > clients.length / 2) resolve(undefined);
    };
    for (const client of clients) client.once('ready', note);
  });
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
