import pg from 'pg';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { percentile } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import { ended, ndjsonOf, openBatch, receive } from './subject.js';

const POISON_ROWS = 5_000;
const POISON_EVERY = 500;

/** Statements that bad rows cost beyond those of the same load without them. */
export async function benchPoison(db: Database, url: string): Promise<BenchRow[]> {
  const clean = await statementsOf(db, url, Infinity);
  const poisoned = await statementsOf(db, url, POISON_EVERY);
  const bad = POISON_ROWS / POISON_EVERY;
  return [
    {
      id: 'statements-per-poison-row',
      ratio: (poisoned - clean) / bad,
      against: `the same load of ${POISON_ROWS} rows without the ${bad}`,
      goal: 10,
      want: 'at most',
      figures: { clean, poisoned },
    },
  ];
}

/** Ms from a job that is there until a worker has it. */
export async function benchPickup(db: Database, url: string, jobs: number): Promise<BenchRow[]> {
  const batch = await openBatch(url, 1);
  const waits: number[] = [];
  try {
    for (let round = 0; round < jobs; round += 1) {
      const id = await receive(batch, 'UPSERT', ndjsonOf(0, 1));
      const readyAt = Date.now();
      const { startedAt } = await ended(batch, id);
      // Receiving ends with the announcement: the worker may have been faster than the answer.
      waits.push(Math.max(0, (startedAt?.getTime() ?? NaN) - readyAt));
    }
  } finally {
    await batch.close();
    await db.query(sql`TRUNCATE bench_items`);
  }
  return [
    {
      id: 'pickup-p50-ms',
      ratio: percentile(waits, 0.5),
      against: `ms from the acknowledged job to its worker, median of ${jobs}`,
      goal: 10,
      want: 'at most',
      figures: { p99: percentile(waits, 0.99) },
    },
  ];
}

async function statementsOf(db: Database, url: string, every: number): Promise<number> {
  await db.query(sql`TRUNCATE bench_items`);
  const receiver = await openBatch(url, 0);
  const body = ndjsonOf(0, POISON_ROWS, (item) =>
    item.code % every === every - 1 ? { ...item, price: -1 } : item,
  );
  const id = await receive(receiver, 'CREATE', body);
  await receiver.close();
  const batch = await openBatch(url, 1);
  const { prototype } = pg.Client;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
  const { query } = prototype;
  let statements = 0;
  prototype.query = function counting(this: pg.Client, ...args: unknown[]) {
    statements += 1;
    return Reflect.apply(query, this, args) as unknown;
  } as typeof query;
  try {
    for (let state = ''; state !== 'succeeded';) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const before = statements;
      ({ state } = await batch.ledger.get('1', id));
      // The question is no part of the load.
      statements -= Math.min(1, statements - before);
    }
    return statements;
  } finally {
    prototype.query = query;
    await batch.close();
  }
}
