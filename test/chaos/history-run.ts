import { eventually } from '../support/eventually.js';
import { Random } from '../support/random.js';
import { RedisServer } from '../support/redis-server.js';
import { ChaosWorker } from './chaos-worker.js';
import { type HistoryReport, HistoryRecord } from './history-record.js';
import type { FromWorker, ToWorker, WorkerOrder } from './messages.js';
import { RedisFaults } from './redis-faults.js';
import { VersionedDatabase } from './versioned-database.js';

const PROCESSES = 3;
/** Longer than silence goes unnoticed (2 s), so that it is the bound that counts. */
const OUTAGE_STALE_MS = 3_000;
const MOST_ROUNDS = 1_000;

/** What a run is to do. */
export interface HistoryOptions {
  readonly seed: number;
  /** Rounds of faults; 0: none, some seconds of quiet. */
  readonly rounds: number;
  /** Goes on with further rounds until there were so many. */
  readonly leastReads: number;
  /** False: the control arm. */
  readonly isFenced: boolean;
}

/** Three processes with a cache each on one Redis, and one database that sees everything. */
export async function runHistory(options: HistoryOptions): Promise<HistoryReport> {
  const server = await RedisServer.start();
  const database = new VersionedDatabase();
  const record = new HistoryRecord(PROCESSES, OUTAGE_STALE_MS, (process) => workers[process]);
  const hear = (message: FromWorker, worker: ChaosWorker<ToWorker>): void => {
    if (message.kind === 'load') {
      worker.tell({ kind: 'version', id: message.id, version: database.load(message.row) });
    } else if (message.kind === 'write') {
      worker.tell({ kind: 'version', id: message.id, version: database.write(message.rows) });
    } else record.hear(message, worker.index);
  };
  const workers: ChaosWorker<ToWorker>[] = ordersOf(server.url, options).map((order) =>
    ChaosWorker.spawn('worker.ts', order, (message, worker) => hear(message as FromWorker, worker)),
  );
  const faults = new RedisFaults(server, new Random(options.seed), record);
  try {
    await eventually(() => record.requireReady(), { withinMs: 20_000 });
    for (const worker of workers) worker.tell({ kind: 'begin' });
    if (options.rounds === 0) await faults.calm();
    for (
      let round = 0;
      round < Math.min(MOST_ROUNDS, options.rounds) || record.lacks(options.leastReads);
      round += 1
    ) {
      await faults.round(round);
    }
  } finally {
    for (const worker of workers) worker.tell({ kind: 'end' });
    for (const worker of workers) record.noteErrors(await worker.ended());
    faults.close();
    await server.stop();
  }
  return record.report(database.loads);
}

function ordersOf(url: string, { seed, isFenced }: HistoryOptions): WorkerOrder[] {
  return Array.from({ length: PROCESSES }, (_, process) => ({
    url,
    namespace: `chaos-${seed}`,
    process,
    processes: PROCESSES,
    seed,
    outageStaleMs: OUTAGE_STALE_MS,
    isFenced,
  }));
}
