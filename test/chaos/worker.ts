// One process of a history run: node --import ./scripts/register-ts.mjs test/chaos/worker.ts <WorkerOrder as JSON>
import type { RedisLink } from '../../src/platform/redis/index.js';
import { startCache } from '../support/cache.js';
import { LateRedis } from '../support/late-redis.js';
import { Random } from '../support/random.js';
import { ChaosChanges } from './chaos-changes.js';
import { ChaosReads } from './chaos-reads.js';
import type { FromWorker, ToWorker, WorkerOrder } from './messages.js';
import { NetworkCable } from './network-cable.js';
import { RemoteDatabase } from './remote-database.js';
import { UnfencedRedis } from './unfenced-redis.js';

/** Half of what a message may take. */
const LATE_MS = 25;

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
const tell = (message: FromWorker): void => void process.send?.(message);
/** What one of them hears is old already: what it reads of Redis meanwhile is newer than what it knows. */
const lateMs = order.isFenced && order.process === 2 ? LATE_MS : 0;
let isEnded = false;
// Whoever started it is gone, or has heard everything.
process.on('disconnect', () => process.exit(isEnded ? 0 : 1));

const cable = new NetworkCable();
const database = new RemoteDatabase(tell);
const instance = await startCache({
  url: order.url,
  settings: {
    namespace: order.namespace,
    outageStaleMs: order.outageStaleMs,
    leaseMs: 300,
    // They must agree whatever they keep: one of them keeps little, one evicts by another policy.
    ...(order.process === 1 && { maxEntries: 30 }),
    ...(order.process === 2 && { evictionPolicy: 'lru' as const }),
  },
  wrap: (redis) => linkOf(redis),
});
const { cache } = instance;
const randoms = [1, 2].map((stream) => new Random(order.seed * 31 + order.process * 7 + stream));
const [readRandom = new Random(1), changeRandom = new Random(2)] = randoms;
const reads = new ChaosReads({ cache, database, random: readRandom, process: order.process, tell, lateMs });
const changes = new ChaosChanges({ cache, database, random: changeRandom, order, tell });

process.on('message', (message: ToWorker) => {
  if (message.kind === 'version') database.answer(message);
  else if (message.kind === 'begin') begin();
  else if (message.kind === 'cable') cable.set(message.isPulled);
  else void end();
});
tell({ kind: 'ready' });

function linkOf(redis: RedisLink): RedisLink {
  if (!order.isFenced) return new UnfencedRedis(redis);
  return lateMs > 0 ? new LateRedis(redis, lateMs) : redis;
}

function begin(): void {
  reads.begin();
  changes.begin();
}

async function end(): Promise<void> {
  const [hangingChanges, figures] = [await changes.end(), await reads.end()];
  const failures = [...figures.failures, ...changes.failures].slice(0, 20);
  tell({
    kind: 'ended',
    figures: {
      ...figures,
      failures,
      failed: figures.failed + changes.failures.length,
      hanging: figures.hanging + hangingChanges,
      counters: Object.fromEntries(Object.entries(cache.statistics.counters)),
    },
  });
  await instance.close();
  isEnded = true;
  process.disconnect();
}
