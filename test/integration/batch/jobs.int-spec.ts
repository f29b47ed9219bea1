import type { JobState, JobView } from '../../../src/batch/index.js';
import { DeadLetterRepository } from '../../../src/batch/queue/dead-letter.repository.js';
import { sql } from '../../../src/kernel/sql.js';
import { type BatchInstance, startBatch } from '../../support/batch.js';
import { eventually } from '../../support/eventually.js';
import { useTestDatabase } from '../../support/test-database.js';
import { BATCH_PROGRESS, BATCH_STATE } from '../../../src/batch/index.js';
import { BackgroundJobs } from '../../../src/platform/scheduling/index.js';
import { DomainEvents } from '../../../src/platform/events/index.js';
import { createThings, ndjson, THINGS } from './things.js';

const CALLER = { tenantId: '1', actor: 'key:test' };
const FOREIGN = { tenantId: '2', actor: 'key:foreign' };

describe('batch jobs', () => {
  const database = useTestDatabase({ isServed: true });
  let batch: BatchInstance;

  beforeAll(async () => {
    await createThings(database.db);
    await database.db.query(sql`INSERT INTO tenants (slug, name) VALUES ('foreign', 'Foreign')`);
    batch = await startBatch(database.url, [THINGS]);
  });
  afterAll(() => batch.close());
  beforeEach(async () => {
    await database.db.query(sql`TRUNCATE things, things_archive`);
  });

  async function ended(id: string, state: JobState = 'succeeded'): Promise<JobView> {
    return eventually(async () => {
      const job = await batch.ledger.get('1', id);
      expect(job).toMatchObject({ state });
      return job;
    });
  }

  const codes = async (tenantId = '1'): Promise<string[]> => {
    const rows = await database.db.query<{ code: string }>(sql`
      SELECT code FROM things WHERE tenant_id = ${tenantId} ORDER BY code`);
    return rows.map(({ code }) => code);
  };
  const count = async (): Promise<number> => {
    const [row] = await database.db.query<{ n: number }>(sql`SELECT count(*)::int AS n FROM things`);
    return row?.n ?? NaN;
  };
  const many = (n: number) => Array.from({ length: n }, (_, i) => ({ code: `c${i}`, size: i }));
  const create = (records: readonly object[]): Promise<string> =>
    batch.jobs.upload(
      CALLER,
      { operation: 'CREATE', target: 'things' },
      { format: 'ndjson', body: ndjson(records) },
    );

  it('creates every record once', async () => {
    const job = await ended(await create(many(12_345)));

    expect(job).toMatchObject({ total: 12_345, processed: 12_345, written: 12_345, bad: 0 });
    expect(await count()).toBe(12_345);
    expect(job.chunkMs.p50).toBeGreaterThan(0);
  });

  it('tells its progress, and its end', async () => {
    const told: unknown[] = [];
    const events = batch.module.get(DomainEvents, { strict: false });
    events.subscribe(BATCH_PROGRESS, ({ processed }) => told.push(processed));
    events.subscribe(BATCH_STATE, (change) => told.push(change));

    const id = await create(many(1_500));
    await ended(id);

    expect(told.at(-1)).toEqual({ tenantId: '1', jobId: id, state: 'succeeded' });
    const processed = told.filter((each) => typeof each === 'number');
    expect(processed.reduce((sum, each) => sum + each, 0)).toBe(1_500);
  });

  it('upserts: of equal keys the last one counts, in a chunk and over chunks', async () => {
    const records = Array.from({ length: 6_000 }, (_, index) => ({ code: `c${index % 700}`, size: index }));
    const wish = { operation: 'UPSERT', target: 'things' } as const;
    const job = await ended(
      await batch.jobs.upload(CALLER, wish, { format: 'ndjson', body: ndjson(records) }),
    );

    expect(job).toMatchObject({ processed: 6_000, bad: 0 });
    const [row] = await database.db.query(sql`
      SELECT count(*)::int AS rows, min(size) AS least, max(size) AS most FROM things`);
    expect(row).toEqual({ rows: 700, least: 5_300, most: 5_999 });
  });

  it('sets bad records aside with the reason, and writes the others', async () => {
    const records = many(3_000).map((row, i) => (i % 1_000 === 7 ? { ...row, size: 5_000_000 } : row));

    const id = await create([...records, { code: 'c1', size: 1 }]);
    const job = await ended(id);

    expect(job).toMatchObject({ processed: 3_001, written: 2_997, bad: 4 });
    const letters = await batch.module.get(DeadLetterRepository).page(id, 0, 10);
    expect(letters.map(({ record, sqlState }) => [record, sqlState])).toEqual([
      [8, '23514'],
      [1_008, '23514'],
      [2_008, '23514'],
      [3_001, '23505'],
    ]);
    expect(letters[0]).toMatchObject({ payload: { code: 'c7', size: '5000000' } });
  });

  it('finds a bad record that the database does not name', async () => {
    const records = many(2_000).map((row) => ({ ...row, ownerId: row.size === 1_234 ? 99 : 1 }));

    const id = await create(records);

    expect(await ended(id)).toMatchObject({ written: 1_999, bad: 1 });
    expect(await batch.module.get(DeadLetterRepository).page(id, 0, 10)).toMatchObject([
      { record: 1_235, sqlState: '23503' },
    ]);
  });

  it('fails when more records are bad than allowed', async () => {
    const records = many(100).map((row) => ({ ...row, size: 5_000_000 }));
    const request = { operation: 'CREATE', target: 'things', options: { maxBad: 10 } } as const;

    const id = await batch.jobs.upload(CALLER, request, { format: 'ndjson', body: ndjson(records) });

    expect(await ended(id, 'failed')).toMatchObject({ failure: { code: 'BATCH_TOO_MANY_BAD_RECORDS' } });
    expect(await count()).toBe(0);
  });

  it('upserts by key, the last of equal ones', async () => {
    await ended(await create(many(10)));
    const body = ndjson([
      { code: 'c1', size: 100 },
      { code: 'new', size: 1 },
      { code: 'new', size: 2 },
    ]);

    await ended(
      await batch.jobs.upload(CALLER, { operation: 'UPSERT', target: 'things' }, { format: 'ndjson', body }),
    );

    const rows = await database.db.query(
      sql`SELECT code, size FROM things WHERE code IN ('c1', 'new') ORDER BY code`,
    );
    expect(rows).toEqual([
      { code: 'c1', size: 100 },
      { code: 'new', size: 2 },
    ]);
    expect(await count()).toBe(11);
  });

  it.each([
    ['UPDATE', { code: 'c1', size: 55 }, 3],
    ['DELETE', { code: 'c1' }, 2],
  ] as const)('does %s by uploaded keys', async (operation, record, left) => {
    await ended(await create(many(3)));
    await database.db.query(sql`INSERT INTO things (tenant_id, code) VALUES (2, 'c1')`);
    const body = ndjson([record, { ...record, code: 'unknown' }]);

    const id = await batch.jobs.upload(CALLER, { operation, target: 'things' }, { format: 'ndjson', body });

    expect(await ended(id)).toMatchObject({ processed: 2, written: 1 });
    expect(await codes()).toHaveLength(left);
    expect(await codes('2')).toEqual(['c1']);
  });

  it.each([
    [{ operation: 'UPDATE', options: { filter: { code: 'c1' }, set: { size: 9 } } }, 1, 3],
    [{ operation: 'DELETE', options: { filter: { code: 'c1' } } }, 1, 2],
    [{ operation: 'DELETE', options: { confirm: true } }, 3, 0],
    [{ operation: 'MIGRATE', options: { transform: 'double-size', confirm: true } }, 3, 3],
    [{ operation: 'ARCHIVE', options: { filter: { code: 'c2' } } }, 1, 2],
    [{ operation: 'PURGE', options: { olderThanDays: 1 } }, 0, 3],
  ] as const)('does %j, to the own tenant alone', async (request, written, left) => {
    await ended(await create(many(3)));
    await database.db.query(
      sql`INSERT INTO things (tenant_id, code, size) VALUES (2, 'c1', 1), (2, 'c2', 1)`,
    );

    const id = await batch.jobs.create(CALLER, { target: 'things', ...request });

    expect(await ended(id)).toMatchObject({ total: written, written });
    expect(await codes()).toHaveLength(left);
    const foreign = await database.db.query(sql`SELECT size FROM things WHERE tenant_id = 2`);
    expect(foreign).toEqual([{ size: 1 }, { size: 1 }]);
  });

  it('works through all rows of a large table in partitions', async () => {
    await database.db.query(sql`
      INSERT INTO things (tenant_id, code, size) SELECT 1, 'c' || n, 1 FROM generate_series(1, 120000) AS n`);

    const request = {
      operation: 'MIGRATE',
      target: 'things',
      options: { transform: 'double-size', confirm: true },
    } as const;
    await ended(await batch.jobs.create(CALLER, request));

    const [row] = await database.db.query(sql`SELECT count(*)::int AS n, min(size), max(size) FROM things`);
    expect(row).toEqual({ n: 120_000, min: 2, max: 2 });
  });

  it('leaves nothing of an upload that is cut off, or refused', async () => {
    async function* cut(): AsyncGenerator<Buffer> {
      yield* ndjson(many(2_500));
      throw new TypeError('the sender went away');
    }
    const request = { operation: 'CREATE', target: 'things' } as const;

    await expect(batch.jobs.upload(CALLER, request, { format: 'ndjson', body: cut() })).rejects.toThrow(
      'went away',
    );
    await expect(create([...many(1_500), { code: 5 }])).rejects.toMatchObject({
      code: 'BATCH_RECORD_INVALID',
      details: { line: 1_501, path: 'code' },
    });

    const [row] = await database.db.query(sql`
      SELECT (SELECT count(*)::int FROM batch_jobs WHERE state = 'receiving') AS jobs, count(*)::int AS things FROM things`);
    expect(row).toEqual({ jobs: 0, things: 0 });
  });

  it('forgets an upload whose process ended, and no other one', async () => {
    const insert = (age: string, state: string) =>
      database.db.query(sql`
      INSERT INTO batch_jobs (tenant_id, operation, target, options, priority, state, created_by, created_at)
      VALUES (1, 'CREATE', 'things', '{}', 0, ${state}, ${age}, now() - ${age}::interval)`);
    await insert('25 hours', 'receiving');
    await insert('23 hours', 'receiving');
    await insert('26 hours', 'paused');

    await batch.module.get(BackgroundJobs, { strict: false }).runNow('batch-pruning');

    const rows = await database.db.query(sql`
      SELECT created_by AS age FROM batch_jobs WHERE created_by LIKE '%hours' ORDER BY id`);
    expect(rows).toEqual([{ age: '23 hours' }, { age: '26 hours' }]);
    await database.db.query(sql`DELETE FROM batch_jobs WHERE created_by LIKE '%hours'`);
  });

  it('forgets jobs that ended long ago, with what belongs to them', async () => {
    const id = await create([
      { code: 'kept', size: 1 },
      { code: 'bad', size: 5_000_000 },
    ]);
    await ended(id);
    const prune = (): Promise<unknown> =>
      batch.module.get(BackgroundJobs, { strict: false }).runNow('batch-pruning');
    const endedBefore = (age: string) =>
      database.db.query(sql`
        UPDATE batch_jobs SET finished_at = now() - ${age}::interval WHERE id = ${id}::bigint`);
    const letters = () =>
      database.db.query(sql`SELECT record FROM batch_dead_letters WHERE job_id = ${id}::bigint`);

    await endedBefore('29 days');
    await prune();
    expect(await letters()).toHaveLength(1);

    await endedBefore('31 days');
    await prune();
    expect(await letters()).toEqual([]);
    await expect(batch.ledger.get('1', id)).rejects.toMatchObject({ code: 'BATCH_JOB_NOT_FOUND' });
    expect(await codes()).toEqual(['kept']);
  });

  it('takes a request once by its Idempotency-Key', async () => {
    const caller = { ...CALLER, idempotencyKey: 'once' };
    const send = (operation: 'CREATE' | 'UPSERT' = 'CREATE'): Promise<string> =>
      batch.jobs.upload(caller, { operation, target: 'things' }, { format: 'ndjson', body: ndjson(many(3)) });

    const id = await send();
    await ended(id);

    expect(await send()).toBe(id);
    await expect(send('UPSERT')).rejects.toMatchObject({ code: 'BATCH_IDEMPOTENCY_KEY_REUSED' });
    expect(await count()).toBe(3);
  });

  it('pauses, resumes and cancels; a foreign tenant sees nothing', async () => {
    await database.db.query(sql`
      INSERT INTO things (tenant_id, code, size) SELECT 1, 'c' || n, 1 FROM generate_series(1, 40000) AS n`);
    const request = { operation: 'DELETE', target: 'things', options: { confirm: true } } as const;
    const id = await batch.jobs.create(CALLER, request);

    await batch.ledger.change(CALLER, id, 'paused');
    await eventually(async () => expect(await batch.ledger.get('1', id)).toMatchObject({ workers: 0 }));
    const left = await count();
    await expect(batch.ledger.change(FOREIGN, id, 'resumed')).rejects.toMatchObject({
      code: 'BATCH_JOB_NOT_FOUND',
    });
    expect(left).toBeGreaterThan(0);
    expect(await count()).toBe(left);

    await batch.ledger.change(CALLER, id, 'resumed');
    await ended(id);
    expect(await count()).toBe(0);
    for (const wish of ['paused', 'resumed', 'cancelled', 'retried'] as const) {
      await expect(batch.ledger.change(CALLER, id, wish)).rejects.toMatchObject({
        code: 'BATCH_STATE_CONFLICT',
      });
    }
  });

  it.each([
    [{ operation: 'CREATE', target: 'nothing' }, 'target'],
    [{ operation: 'DELETE', target: 'things' }, 'options.confirm'],
    [{ operation: 'DELETE', target: 'things', options: { filter: { size: 1 } } }, 'options.filter.size'],
    [
      { operation: 'DELETE', target: 'things', options: { filter: { madeBefore: '1; DROP' } } },
      'options.filter.madeBefore',
    ],
    [{ operation: 'UPDATE', target: 'things', options: { filter: { code: 'x' } } }, 'options.set'],
    [
      { operation: 'UPDATE', target: 'things', options: { filter: { code: 'x' }, set: { id: 1 } } },
      'options.set.id',
    ],
    [
      { operation: 'MIGRATE', target: 'things', options: { confirm: true, transform: 'x' } },
      'options.transform',
    ],
    [{ operation: 'PURGE', target: 'things', options: { confirm: true } }, 'options.olderThanDays'],
    [{ operation: 'CREATE', target: 'things' }, 'operation'],
  ] as const)('refuses %j', async (request, path) => {
    await expect(batch.jobs.create(CALLER, request)).rejects.toMatchObject({
      code: 'BATCH_REQUEST_INVALID',
      details: { issues: [{ path }] },
    });
  });
});
