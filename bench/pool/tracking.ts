import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { runAs } from '../../src/platform/runtime/index.js';
import type { ConnectionManager, SequelizeInstance, TakeOptions } from '../../src/pool/connections/driver.js';
import { captureSite } from '../../src/pool/connections/checkout-site.js';
import { openBenchDatabase } from '../support/embedded-database.js';
import type { BenchRow } from '../support/report.js';
import { alternate, type Contestant, inParallel } from '../support/rounds.js';
import type { Scale } from './scale.js';
import { openBare, openWatched } from './subject.js';

const IN_FLIGHT = 20;
const MICROSECONDS = 1e6;
const PLAIN: TakeOptions = { type: 'RAW' };
const WORK = { requestId: 'req-1', route: () => 'GET /things', tenantId: 'acme' };

/** What the watch costs a statement: alone, where a microsecond shows, and as a share of real statements. */
export async function benchTracking(scale: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const [watched, bare] = [openWatched(database.url), openBare(database.url)];
  const timing = { rounds: scale.rounds, sampleMs: scale.sampleMs };
  try {
    const [ours, theirs] = [managerOf(watched.sequelize), managerOf(bare.sequelize)];
    const alone = await alternate(
      [takeAndGiveBack(theirs), takeWatched(ours), takeWithStack(theirs)],
      timing,
    );
    const real = await alternate([statements('bare', bare.db), statements('watched', watched.db)], timing);
    const microseconds = (name: string): number => MICROSECONDS / alone.perSecond(name);
    return [
      {
        id: 'tracking-microseconds',
        ratio: microseconds('watched') - microseconds('bare'),
        against: 'taking and giving back a connection of the same pool unwatched; difference in microseconds',
        goal: 1,
        want: 'at most',
        figures: {
          watchedMicroseconds: microseconds('watched'),
          bareMicroseconds: microseconds('bare'),
          // What it would cost to note the caller of every statement: the difference can be seen.
          controlWithStackMicroseconds: microseconds('with stack') - microseconds('bare'),
        },
      },
      {
        id: 'throughput',
        ratio: real.ratio('watched', 'bare'),
        against: `the same statements through the pool unwatched, ${IN_FLIGHT} in flight`,
        goal: 0.97,
        want: 'at least',
        figures: { perSecond: real.perSecond('watched'), barePerSecond: real.perSecond('bare') },
      },
    ];
  } finally {
    await Promise.all([watched.close(), bare.db.close()]);
    await database.close();
  }
}

function managerOf(sequelize: object): ConnectionManager {
  return (sequelize as SequelizeInstance).connectionManager;
}

function takeAndGiveBack(manager: ConnectionManager): Contestant {
  return {
    name: 'bare',
    run: (count) =>
      runAs(WORK, async () => {
        let sum = 0;
        for (let index = 0; index < count; index += 1) {
          const client = await manager.getConnection(PLAIN);
          sum += client.processID ?? 0;
          manager.releaseConnection(client);
        }
        return sum;
      }),
  };
}

function takeWatched(manager: ConnectionManager): Contestant {
  return {
    name: 'watched',
    run: (count) =>
      runAs(WORK, async () => {
        let sum = 0;
        for (let index = 0; index < count; index += 1) {
          const client = await manager.getConnection(PLAIN);
          sum += client.processID ?? 0;
          manager.releaseConnection(client);
        }
        return sum;
      }),
  };
}

function takeWithStack(manager: ConnectionManager): Contestant {
  const here = (): number => captureSite(here).stack.length;
  return {
    name: 'with stack',
    run: (count) =>
      runAs(WORK, async () => {
        let sum = 0;
        for (let index = 0; index < count; index += 1) {
          const client = await manager.getConnection(PLAIN);
          sum += here() + (client.processID ?? 0);
          manager.releaseConnection(client);
        }
        return sum;
      }),
  };
}

function statements(name: string, db: Database): Contestant {
  return {
    name,
    run: (count) => inParallel(count, IN_FLIGHT, async () => (await db.query(sql`SELECT 1 AS one`)).length),
  };
}
