import { DataTypes, Sequelize } from 'sequelize';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { median, timeOnce } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import { copyLinesOf, ended, itemOf, ndjsonOf, openBatch, receive, workedMs } from './subject.js';

/** The slow reference gets fewer rows; its time is taken per row. */
const BULK_SHARE = 10;
const BULK_ROWS = 1_000;
const PIECE = 5_000;
const MEMORY_MS = 20;

/** A load of all rows as one COPY, by the library, and as a job with one worker and with two. */
export async function benchLoads(
  db: Database,
  url: string,
  rows: number,
  rounds: number,
): Promise<BenchRow[]> {
  const [copyMs, oneMs, twoMs, bulkMs]: [number[], number[], number[], number[]] = [[], [], [], []];
  const growths: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    copyMs.push(await emptied(db, () => copy(db, rows)));
    const one = await emptied(db, () => job({ db, url }, 1, rows));
    const two = await emptied(db, () => job({ db, url }, 2, rows));
    oneMs.push(one.ms);
    twoMs.push(two.ms);
    growths.push(one.growthBytes);
    bulkMs.push((await emptied(db, () => bulkCreate(url, rows / BULK_SHARE, false))) * BULK_SHARE);
  }
  const [reference, one, two, bulk] = [copyMs, oneMs, twoMs, bulkMs].map(median) as [
    number,
    number,
    number,
    number,
  ];
  const perSecond = (ms: number): number => Math.round((rows / ms) * 1_000);
  return [
    {
      id: 'load-one-worker',
      ratio: reference / one,
      against: `one COPY of ${rows} rows`,
      goal: 0.9,
      want: 'at least',
      figures: { rowsPerSecond: perSecond(one), copyRowsPerSecond: perSecond(reference) },
    },
    { id: 'load-two-workers', ratio: reference / two, against: 'the same COPY', goal: 1.3, want: 'at least' },
    {
      id: 'load-vs-bulk-create',
      ratio: bulk / one,
      against: 'Sequelize bulkCreate of 1,000',
      goal: 7,
      want: 'at least',
      figures: { bulkRowsPerSecond: perSecond(bulk) },
    },
    {
      id: 'load-memory-growth-mb',
      ratio: median(growths) / 1e6,
      against: 'resident memory before the job, most at any time',
      goal: 50,
      want: 'at most',
    },
  ];
}

/** An upsert with half of the rows there, as a job and by the library. */
export async function benchUpserts(db: Database, url: string, rows: number): Promise<BenchRow[]> {
  const prepare = (): Promise<number> => db.copyIn(INTO_ITEMS, [copyLinesOf(0, rows / 2)]);
  const bulkRows = rows / BULK_SHARE;
  const mine = await emptied(db, async () => {
    await prepare();
    return job({ db, url }, 1, rows, 'UPSERT');
  });
  const bulkMs = await emptied(db, async () => {
    await db.copyIn(INTO_ITEMS, [copyLinesOf(0, bulkRows / 2)]);
    return bulkCreate(url, bulkRows, true);
  });
  return [
    {
      id: 'upsert-vs-bulk-create',
      ratio: (bulkMs * BULK_SHARE) / mine.ms,
      against: 'Sequelize bulkCreate with updateOnDuplicate, half existing',
      goal: 5,
      want: 'at least',
      figures: { rowsPerSecond: Math.round((rows / mine.ms) * 1_000) },
    },
  ];
}

const INTO_ITEMS = sql`COPY bench_items (tenant_id, code, name, price, seen_at) FROM STDIN`;

async function emptied<T>(db: Database, work: () => Promise<T>): Promise<T> {
  await db.query(sql`TRUNCATE bench_items`);
  await db.query(sql`CHECKPOINT`);
  return work();
}

async function copy(db: Database, rows: number): Promise<number> {
  const pieces: Buffer[] = [];
  for (let from = 0; from < rows; from += PIECE) pieces.push(copyLinesOf(from, Math.min(rows, from + PIECE)));
  return timeOnce(() => db.copyIn(INTO_ITEMS, pieces));
}

/** What was received waits for its workers: only their time counts. */
async function job(
  { db, url }: { readonly db: Database; readonly url: string },
  workers: number,
  rows: number,
  operation: 'CREATE' | 'UPSERT' = 'CREATE',
): Promise<{ readonly ms: number; readonly growthBytes: number }> {
  const receiver = await openBatch(url, 0);
  const id = await receive(receiver, operation, ndjsonOf(0, rows));
  await receiver.close();
  // What receiving left to be written to disk is no part of the load.
  await db.query(sql`CHECKPOINT`);
  global.gc?.();
  const batch = await openBatch(url, workers);
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, MEMORY_MS);
  try {
    return { ms: workedMs(await ended(batch, id)), growthBytes: most - before };
  } finally {
    clearInterval(timer);
    await batch.close();
  }
}

async function bulkCreate(url: string, rows: number, isUpsert: boolean): Promise<number> {
  const sequelize = new Sequelize(url, { logging: false });
  const Model = sequelize.define(
    'bench_items',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true },
      tenant_id: DataTypes.BIGINT,
      code: DataTypes.INTEGER,
      name: DataTypes.TEXT,
      price: DataTypes.DOUBLE,
      seen_at: DataTypes.DATE,
    },
    { timestamps: false, tableName: 'bench_items' },
  );
  const options = isUpsert
    ? { updateOnDuplicate: ['name', 'price', 'seen_at'], conflictAttributes: ['tenant_id', 'code'] }
    : {};
  try {
    return await timeOnce(async () => {
      for (let from = 0; from < rows; from += BULK_ROWS) {
        const some = Array.from({ length: Math.min(BULK_ROWS, rows - from) }, (_, index) => {
          const { code, name, price, seenAt } = itemOf(from + index);
          return { tenant_id: 1, code, name, price, seen_at: new Date(seenAt) };
        });
        await Model.bulkCreate(some, options as object);
      }
    });
  } finally {
    await sequelize.close();
  }
}
