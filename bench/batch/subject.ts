import type { BatchTarget, JobView } from '../../src/batch/index.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { type BatchInstance, startBatch } from '../../test/support/batch.js';

/** A table as loads have it: a key, a few values, two indexes. */
export const ITEMS: BatchTarget = {
  name: 'items',
  table: 'bench_items',
  tenantColumn: 'tenant_id',
  walkColumn: 'id',
  columns: [
    { field: 'code', column: 'code', type: 'integer', isRequired: true },
    { field: 'name', column: 'name', type: 'text' },
    { field: 'price', column: 'price', type: 'double precision' },
    { field: 'seenAt', column: 'seen_at', type: 'timestamptz' },
  ],
  keyColumns: ['code'],
  filters: [],
  operations: ['CREATE', 'UPSERT', 'DELETE'],
};

const CALLER = { tenantId: '1', actor: 'bench' };
/** Times are those of the job itself: to ask more often would only be in its way. */
const POLL_MS = 50;
const ENDED_WITHIN_MS = 600_000;

export async function createItems(db: Database): Promise<void> {
  await db.query(sql`
    CREATE TABLE bench_items (
      id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100) PRIMARY KEY,
      tenant_id bigint NOT NULL,
      code integer NOT NULL,
      name text,
      price double precision CHECK (price >= 0),
      seen_at timestamptz,
      UNIQUE (tenant_id, code)
    )`);
}

/** A record of the load. */
export interface Item {
  readonly code: number;
  readonly name: string;
  readonly price: number;
  readonly seenAt: string;
}

export function itemOf(code: number): Item {
  return { code, name: `item number ${code} of the load`, price: code / 7, seenAt: '2026-01-31T12:00:00Z' };
}

/** The same in the COPY text format. */
export function copyLinesOf(from: number, to: number): Buffer {
  const lines: string[] = [];
  for (let code = from; code < to; code += 1) {
    const { name, price, seenAt } = itemOf(code);
    lines.push(`1\t${code}\t${name}\t${price}\t${seenAt}\n`);
  }
  return Buffer.from(lines.join(''));
}

/** An upload, written as a sender would. */
export async function* ndjsonOf(
  from: number,
  to: number,
  change = (item: Item) => item,
): AsyncGenerator<Buffer> {
  for (let first = from; first < to; first += 1_000) {
    const lines: string[] = [];
    for (let code = first; code < Math.min(to, first + 1_000); code += 1) {
      lines.push(`${JSON.stringify(change(itemOf(code)))}\n`);
    }
    await Promise.resolve();
    yield Buffer.from(lines.join(''));
  }
}

/** Batch jobs with a number of workers; 0: jobs wait. */
export function openBatch(url: string, workers: number): Promise<BatchInstance> {
  return startBatch(url, [ITEMS], { BATCH_WORKERS: String(workers), BATCH_MAX_RSS_BYTES: '8589934592' });
}

/** Takes a load in without working on it: workers come later. */
export function receive(
  batch: BatchInstance,
  operation: 'CREATE' | 'UPSERT',
  body: AsyncGenerator<Buffer>,
): Promise<string> {
  return batch.jobs.upload(CALLER, { operation, target: 'items' }, { format: 'ndjson', body });
}

export async function ended(batch: BatchInstance, id: string): Promise<JobView> {
  const startedAt = performance.now();
  for (;;) {
    const job = await batch.ledger.get('1', id);
    if (job.state === 'succeeded' && job.processed === job.total && job.bad === 0) return job;
    if (job.state === 'succeeded') throw new TypeError(`job ${id} left records out: ${JSON.stringify(job)}`);
    if (job.state === 'failed') throw new TypeError(JSON.stringify(job.failure));
    if (performance.now() - startedAt > ENDED_WITHIN_MS) throw new TypeError(`job ${id} does not end`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Ms from the first partition taken to the end of the job. */
export function workedMs({ startedAt, finishedAt }: JobView): number {
  return (finishedAt?.getTime() ?? NaN) - (startedAt?.getTime() ?? NaN);
}
