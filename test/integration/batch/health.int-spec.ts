import { BatchHealth } from '../../../src/batch/monitoring/batch-health.js';
import { sql } from '../../../src/kernel/sql.js';
import { HealthIndicators, type Reading } from '../../../src/platform/health/index.js';
import { type BatchInstance, startBatch } from '../../support/batch.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('health of batch jobs on PostgreSQL', () => {
  const pg = useTestDatabase();
  let instance: BatchInstance;

  beforeAll(async () => {
    // Nobody works here: what is written stays as it is.
    instance = await startBatch(pg.url, [], { BATCH_WORKERS: '0' });
  });
  afterAll(() => instance.close());
  beforeEach(() => pg.db.execute(sql`DELETE FROM batch_jobs`));

  const job = async (state: string, minutesAgo: number): Promise<string> => {
    const [row] = await pg.db.query<{ id: string }>(sql`
      INSERT INTO batch_jobs (tenant_id, operation, target, options, priority, state, created_by, created_at, finished_at)
      SELECT id, 'UPDATE', 'things', '{}', 0, ${state}, 'me', now() - ${minutesAgo} * interval '1 minute',
        CASE WHEN ${state} IN ('succeeded', 'failed') THEN now() - ${minutesAgo} * interval '1 minute' END
      FROM tenants LIMIT 1 RETURNING id::text`);
    return row?.id ?? '';
  };
  const part = (
    jobId: string,
    values: { state?: string; leaseSecondsAgo?: number; processed?: number; bad?: number },
  ) =>
    pg.db.execute(sql`
      INSERT INTO batch_partitions (job_id, part, state, owner, lease_until, processed, bad)
      VALUES (${jobId}::bigint, 0, ${values.state ?? 'pending'}, ${values.leaseSecondsAgo === undefined ? null : 'gone'},
        now() - ${values.leaseSecondsAgo ?? null}::float8 * interval '1 second',
        ${values.processed ?? 0}, ${values.bad ?? 0})`);
  const readings = async (): Promise<Record<string, Reading>> => {
    await instance.module.get(BatchHealth).look();
    const indicators = instance.module.get(HealthIndicators).all();
    return Object.fromEntries(indicators.map(({ name, read }) => [name, read()]));
  };
  const valueOf = (reading: Reading | undefined): number => (reading?.kind === 'value' ? reading.value : NaN);

  it('finds nothing wrong without jobs, and does not judge records that nobody sent', async () => {
    expect(await readings()).toMatchObject({
      'queue-wait': { kind: 'value', value: 0 },
      'stuck-partitions': { kind: 'value', value: 0 },
      'dead-letter-ratio': { kind: 'insufficient' },
    });
  });

  it('tells how long the oldest job waits, and not of those that are worked on', async () => {
    await part(await job('queued', 10), {});
    await part(await job('running', 50), { leaseSecondsAgo: -5 });

    const waited = valueOf((await readings())['queue-wait']) / 60_000;

    expect(waited).toBeGreaterThan(9.9);
    expect(waited).toBeLessThan(20);
  });

  it('counts partitions that nobody took over, once there was time to', async () => {
    await part(await job('running', 5), { leaseSecondsAgo: 100 });
    await part(await job('running', 5), { leaseSecondsAgo: -100 });

    expect(valueOf((await readings())['stuck-partitions'])).toBe(1);
  });

  it('tells the share of jobs that failed', async () => {
    for (let count = 0; count < 30; count += 1) await job('failed', 20);

    expect(valueOf((await readings())['failed-jobs'])).toBeCloseTo(31 / 50, 6);
  });

  it('tells the share of bad records of the last hour alone', async () => {
    await part(await job('succeeded', 30), { state: 'done', processed: 1_000, bad: 300 });
    await part(await job('succeeded', 90), { state: 'done', processed: 1_000_000 });

    expect(valueOf((await readings())['dead-letter-ratio'])).toBeCloseTo(300 / 1_000, 1);
  });
});
