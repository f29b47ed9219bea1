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
const USES = 10_000;
const STATEMENTS = 1_000;
const SAMPLES_PER_ROUND = 5;
const PLAIN: TakeOptions = { type: 'RAW' };
const WORK = { requestId: 'req-1', route: () => 'GET /things', tenantId: 'acme' };

/** What the watch costs a statement: alone, where a microsecond shows, and as a share of real statements. */
export async function benchTracking(scale: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const [watched, bare] = [openWatched(database.url), openBare(database.url)];
  try {
    const [ours, theirs] = [managerOf(watched.sequelize), managerOf(bare.sequelize)];
    const uses = { uses: USES, samples: scale.rounds * SAMPLES_PER_ROUND };
    const alone = await leastCpu([takeAndGiveBack(theirs), takeWatched(ours), takeWithStack(theirs)], uses);
    const sent = [statements('bare', bare.db), statements('watched', watched.db)];
    const real = await leastCpu(sent, { ...uses, uses: STATEMENTS });
    const wall = await alternate(sent, { rounds: 5, sampleMs: scale.sampleMs });
    const microseconds = (name: string): number => alone.get(name) ?? NaN;
    return [
      {
        id: 'tracking-microseconds',
        ratio: microseconds('watched') - microseconds('bare'),
        against:
          'taking and giving back a connection of the same pool unwatched; difference in microseconds of CPU time, of the least disturbed samples',
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
        ratio: (real.get('bare') ?? NaN) / (real.get('watched') ?? NaN),
        against: `the same statements through the pool unwatched, ${IN_FLIGHT} in flight; statements per second of CPU time, of the least disturbed samples`,
        goal: 0.97,
        want: 'at least',
        figures: {
          watchedMicroseconds: real.get('watched') ?? NaN,
          bareMicroseconds: real.get('bare') ?? NaN,
          perSecond: wall.perSecond('watched'),
          barePerSecond: wall.perSecond('bare'),
        },
      },
    ];
  } finally {
    await Promise.all([watched.close(), bare.db.close()]);
    await database.close();
  }
}

/** CPU time of one use in microseconds. The smallest of many samples: what others do on the machine only adds. */
async function leastCpu(
  contestants: readonly Contestant[],
  { uses, samples }: { readonly uses: number; readonly samples: number },
): Promise<Map<string, number>> {
  const least = new Map<string, number>();
  for (const contestant of contestants) await contestant.run(uses);
  for (let sample = 0; sample < samples; sample += 1) {
    for (const contestant of sample % 2 === 0 ? contestants : contestants.toReversed()) {
      const before = process.cpuUsage();
      await contestant.run(uses);
      const { user, system } = process.cpuUsage(before);
      const each = (user + system) / uses;
      least.set(contestant.name, Math.min(each, least.get(contestant.name) ?? Infinity));
    }
  }
  return least;
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
