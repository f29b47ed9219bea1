import type { JobView } from '../../../src/batch/index.js';
import { sql } from '../../../src/kernel/sql.js';
import { type BatchInstance, startBatch } from '../../support/batch.js';
import { eventually } from '../../support/eventually.js';
import { useTestDatabase } from '../../support/test-database.js';
import { createThings, ndjson, THINGS } from './things.js';

const CALLER = { tenantId: '1', actor: 'key:test' };
const KEYLESS = { ...THINGS, name: 'keyless', keyColumns: [], operations: ['UPDATE', 'DELETE'] as const };

describe('batch jobs at the edges', () => {
  const database = useTestDatabase({ isServed: true });
  let receiver: BatchInstance;
  let worker: BatchInstance | undefined;

  beforeAll(async () => {
    await createThings(database.db);
  });
  beforeEach(async () => {
    await database.db.query(sql`TRUNCATE things, batch_jobs CASCADE`);
    receiver = await startBatch(database.url, [THINGS, KEYLESS], { BATCH_WORKERS: '0' });
  });
  afterEach(async () => {
    await receiver.close();
    await worker?.close();
    worker = undefined;
  });

  const send = (
    records: readonly object[],
    operation: 'CREATE' | 'UPDATE' | 'UPSERT' | 'DELETE' = 'CREATE',
    { target = 'things', key = '' } = {},
  ): Promise<string> =>
    receiver.jobs.upload(
      { ...CALLER, ...(key !== '' && { idempotencyKey: key }) },
      { operation, target },
      { format: 'ndjson', body: ndjson(records) },
    );
  const work = async (): Promise<void> => {
    worker = await startBatch(database.url, [THINGS, KEYLESS]);
  };
  const ended = (id: string): Promise<JobView> =>
    eventually(async () => {
      const job = await receiver.ledger.get('1', id);
      expect(['succeeded', 'failed']).toContain(job.state);
      return job;
    });
  const things = (): Promise<object[]> =>
    database.db.query(sql`SELECT code, size, owner_id AS "ownerId" FROM things ORDER BY code`);

  it.each(['UPDATE', 'DELETE'] as const)(
    '%s of records is refused where rows have no key',
    async (operation) => {
      const record = operation === 'DELETE' ? {} : { size: 1 };

      await expect(send([record], operation, { target: 'keyless' })).rejects.toMatchObject({
        code: 'BATCH_REQUEST_INVALID',
      });
    },
  );

  it.each(['UPDATE', 'UPSERT'] as const)(
    '%s overwrites nothing with a field that is left out',
    async (operation) => {
      const records = [
        { code: 'a', size: 1, ownerId: 1 },
        { code: 'b', ownerId: 1 },
      ];

      await expect(send(records, operation)).rejects.toMatchObject({
        code: 'BATCH_RECORD_INVALID',
        details: { line: 2, path: 'size' },
      });
    },
  );

  it('ends a job that was paused in its last chunk', async () => {
    const id = await send([{ code: 'a', size: 1 }]);
    await receiver.ledger.change(CALLER, id, 'paused');
    // As a chunk under way leaves it.
    await database.db.query(sql`UPDATE batch_partitions SET state = 'done', cursor = '1', processed = 1`);

    expect(await receiver.ledger.change(CALLER, id, 'resumed')).toMatchObject({ state: 'succeeded' });
    expect(await database.db.query(sql`SELECT FROM batch_inputs`)).toEqual([]);
  });

  it('takes the same request once, however often it comes at the same time', async () => {
    const records = [{ code: 'a', size: 1 }];

    const ids = await Promise.all(Array.from({ length: 5 }, () => send(records, 'CREATE', { key: 'once' })));

    expect(new Set(ids).size).toBe(1);
    await work();
    await ended(ids[0] ?? '');
    expect(await things()).toHaveLength(1);
    expect(await database.db.query(sql`SELECT id FROM batch_jobs`)).toHaveLength(1);
  });

  it('refuses other records under a key that was used', async () => {
    await send([{ code: 'a', size: 1 }], 'CREATE', { key: 'once' });

    await expect(send([{ code: 'b', size: 1 }], 'CREATE', { key: 'once' })).rejects.toMatchObject({
      code: 'BATCH_IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('makes one job of requests without records that come at the same time', async () => {
    const caller = { ...CALLER, idempotencyKey: 'once' };
    const request = { operation: 'DELETE', target: 'things', options: { confirm: true } } as const;

    const ids = await Promise.all(Array.from({ length: 5 }, () => receiver.jobs.create(caller, request)));

    expect(new Set(ids).size).toBe(1);
  });

  it('fails a job that no worker gets on with, and keeps the bad records of its last chunk', async () => {
    const [stuck, bad] = [
      await send([{ code: 'a', size: 1 }]),
      await send([
        { code: 'b', size: 5_000_000 },
        { code: 'c', size: 1 },
      ]),
    ];
    await database.db.query(sql`UPDATE batch_partitions SET attempts = 20 WHERE job_id = ${stuck}::bigint`);
    await database.db.query(sql`
      UPDATE batch_jobs SET options = options || '{"maxBad": 0}' WHERE id = ${bad}::bigint`);
    await work();

    expect(await ended(stuck)).toMatchObject({ failure: { code: 'BATCH_ATTEMPTS_EXHAUSTED' } });
    expect(await ended(bad)).toMatchObject({ failure: { code: 'BATCH_TOO_MANY_BAD_RECORDS' } });
    const letters = await database.db.query(sql`
      SELECT record::int FROM batch_dead_letters WHERE job_id = ${bad}::bigint`);
    expect(letters).toEqual([{ record: 1 }]);
  });

  it('hears of a pause while the machine has too much to do', async () => {
    const id = await send([{ code: 'a', size: 1 }]);
    worker = await startBatch(database.url, [THINGS], { BATCH_MAX_RSS_BYTES: `${64 * 1_024 * 1_024}` });
    const hasWorkers = (workers: number): Promise<void> =>
      eventually(async () => expect(await receiver.ledger.get('1', id)).toMatchObject({ workers }));
    await hasWorkers(1);

    await receiver.ledger.change(CALLER, id, 'paused');
    await hasWorkers(0);

    expect(await receiver.ledger.get('1', id)).toMatchObject({ state: 'paused', processed: 0 });
  });

  it('says in the audit chain what an upload was for', async () => {
    const id = await send([{ code: 'a', size: 1 }]);

    const [entry] = await database.db.query(
      sql`SELECT details FROM batch_audit WHERE job_id = ${id}::bigint`,
    );
    expect(entry).toMatchObject({ details: { operation: 'CREATE', target: 'things', total: 1 } });
  });
});
