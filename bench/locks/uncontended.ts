import { Redis } from 'ioredis';
import pg from 'pg';
import type { LockService } from '../../src/locks/index.js';
import { startLocks } from '../../test/support/locks.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';
import { alternate, type Contestant, inParallel } from '../support/rounds.js';
import { openPolling, type Polling } from './polling.js';
import type { Scale } from './scale.js';

const IN_FLIGHT = 64;
const RESOURCES = 4_096;
const TTL_MS = 10_000;
/** Sessions of PostgreSQL: as many as the pool of an application has. */
const SESSIONS = 20;
const COMPARE_AND_DELETE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** A client with the script as a command. */
interface RawRedis extends Redis {
  compareAndDelete(key: string, value: string): Promise<number>;
}

/** Taking and giving back locks that nobody else wants. */
export async function benchUncontended(url: string, scale: Scale): Promise<BenchRow[]> {
  const instance = await startLocks({ backend: 'redis', redisUrl: url });
  const [plain, gathered] = [openRaw(url, false), openRaw(url, true)];
  const polling = openPolling([url], { retryCount: 0 });
  const database = await openBenchDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: SESSIONS });
  try {
    const timing = { rounds: scale.rounds, sampleMs: scale.sampleMs };
    const main = await alternate(
      [ours(instance.locks), raw('raw', plain), raw('gathered', gathered)],
      timing,
    );
    const others = await alternate([redlock(polling), advisory(pool)], { ...timing, rounds: 3 });
    const reference = main.perSecond('raw') > main.perSecond('gathered') ? 'raw' : 'gathered';
    return [
      {
        id: 'uncontended',
        ratio: main.ratio('plimsoll', reference),
        against: `SET NX PX and a script that compares and deletes, ${IN_FLIGHT} in flight; the faster of ioredis with and without auto-pipelining`,
        goal: 0.9,
        want: 'at least',
        figures: {
          perSecond: main.perSecond('plimsoll'),
          rawPerSecond: main.perSecond('raw'),
          rawPipelinedPerSecond: main.perSecond('gathered'),
          redlockPerSecond: others.perSecond('redlock'),
          advisoryPerSecond: others.perSecond('advisory'),
        },
      },
    ];
  } finally {
    for (const client of [plain, gathered]) client.disconnect();
    polling.close();
    await Promise.all([instance.close(), pool.end()]);
    await database.close();
  }
}

function openRaw(url: string, enableAutoPipelining: boolean): RawRedis {
  const client = new Redis(url, { enableAutoPipelining }) as RawRedis;
  client.defineCommand('compareAndDelete', { numberOfKeys: 1, lua: COMPARE_AND_DELETE });
  return client;
}

/** Nobody takes the same name at the same time. */
function nameOf(index: number): string {
  return `account:${index % RESOURCES}`;
}

function ours(locks: LockService): Contestant {
  return {
    name: 'plimsoll',
    run: (count) =>
      inParallel(count, IN_FLIGHT, (index) =>
        locks.withLock(nameOf(index), ({ token }) => Promise.resolve(token)),
      ),
  };
}

function raw(name: string, client: RawRedis): Contestant {
  let last = 0;
  return {
    name,
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => {
        last += 1;
        const [key, value] = [`${name}:${nameOf(index)}`, `owner-${last}`];
        const taken = await client.set(key, value, 'PX', TTL_MS, 'NX');
        const deleted = await client.compareAndDelete(key, value);
        return taken === 'OK' ? deleted : NaN;
      }),
  };
}

function redlock(polling: Polling): Contestant {
  return {
    name: 'redlock',
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => {
        const vote = await polling.acquire(`redlock:${nameOf(index)}`, TTL_MS);
        await polling.release(vote);
        return 1;
      }),
  };
}

function advisory(pool: pg.Pool): Contestant {
  return {
    name: 'advisory',
    run: (count) =>
      inParallel(count, IN_FLIGHT, async (index) => {
        const session = await pool.connect();
        try {
          await session.query({
            name: 'take',
            text: 'SELECT pg_advisory_lock($1)',
            values: [index % RESOURCES],
          });
          await session.query({
            name: 'give',
            text: 'SELECT pg_advisory_unlock($1)',
            values: [index % RESOURCES],
          });
          return 1;
        } finally {
          session.release();
        }
      }),
  };
}
