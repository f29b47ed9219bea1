import { BatchAuditRepository } from '../../../src/batch/audit/batch-audit.repository.js';
import { BatchAudit } from '../../../src/batch/audit/batch-audit.js';
import { sql } from '../../../src/kernel/sql.js';
import { FakeClock } from '../../support/fake-clock.js';
import { Random } from '../../support/random.js';
import { useTestDatabase } from '../../support/test-database.js';

const GENESIS = Buffer.alloc(32);
let tenants = 0;

describe('BatchAudit on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId: string;
  let audit: BatchAudit;

  beforeEach(() => {
    tenants += 1;
    tenantId = String(tenants);
    audit = new BatchAudit(new BatchAuditRepository(pg.db), new FakeClock());
  });

  function append(details: object, tenant = tenantId): Promise<void> {
    const entry = { tenantId: tenant, jobId: '9', actor: 'key:1', action: 'created', details };
    return pg.db.transaction((tx) => audit.append(tx, entry));
  }

  async function appendMany(count: number): Promise<string[]> {
    for (let n = 0; n < count; n += 1) await append({ n });
    return (await audit.page(tenantId, '0', count)).map(({ id }) => id);
  }

  /** What somebody with all rights on the server could do. */
  async function tamper(change: ReturnType<typeof sql>): Promise<void> {
    await pg.db.query(sql`ALTER TABLE batch_audit DISABLE TRIGGER ALL`);
    await pg.db.query(change);
    await pg.db.query(sql`ALTER TABLE batch_audit ENABLE TRIGGER ALL`);
  }

  it('begins with zeros, and ties each entry to the one before', async () => {
    await appendMany(3);

    const rows = await audit.page(tenantId, '0', 10);

    expect(rows.map(({ previousHash }) => previousHash)).toEqual([GENESIS, rows[0]?.hash, rows[1]?.hash]);
    expect(rows[2]).toMatchObject({ jobId: '9', actor: 'key:1', action: 'created', details: { n: 2 } });
    expect(await audit.verify(tenantId)).toEqual({ entries: 3, firstBrokenId: null });
  });

  it('is whole for whatever jsonb does to the details', async () => {
    const random = new Random(5);
    const values = [
      1e21,
      1e-7,
      5e-324,
      -0,
      0.1,
      'ü😀\n"\\',
      '',
      null,
      true,
      [],
      {},
      [{ b: 1, a: [2] }],
      undefined,
    ];
    for (let n = 0; n < 60; n += 1) {
      const names = ['zz', 'a', 'B', 'ä', '10', '9', '__proto__', 'long name'].filter(
        () => random.below(2) === 0,
      );
      await append(Object.fromEntries(names.map((name) => [name, random.of(values)])));
    }
    await append({ at: new Date('2026-01-31T12:00:00.123Z') });

    expect(await audit.verify(tenantId)).toEqual({ entries: 61, firstBrokenId: null });
  });

  it('stays one chain when many append at once, and knows nothing of what was rolled back', async () => {
    const rolledBack = pg.db.transaction(async (tx) => {
      await audit.append(tx, { tenantId, jobId: '1', actor: 'a', action: 'created', details: {} });
      throw new TypeError('no job');
    });

    const appended = Array.from({ length: 20 }, (_, n) => append({ n }));
    await Promise.all([expect(rolledBack).rejects.toThrow('no job'), ...appended]);

    expect(await audit.verify(tenantId)).toEqual({ entries: 20, firstBrokenId: null });
  });

  it('is a chain of its own for each tenant', async () => {
    tenants += 1;
    const other = String(tenants);
    await append({ n: 1 });
    await append({ n: 2 }, other);
    await append({ n: 3 });

    expect(await audit.verify(tenantId)).toEqual({ entries: 2, firstBrokenId: null });
    expect((await audit.page(other, '0', 10)).map(({ previousHash }) => previousHash)).toEqual([GENESIS]);
    expect(await audit.verify('999999')).toEqual({ entries: 0, firstBrokenId: null });
  });

  it.each([
    ['details', sql`details = '{"n": 7}'`],
    ['actor', sql`actor = 'key:2'`],
    ['action', sql`action = 'cancelled'`],
    ['job', sql`job_id = 10`],
    ['time', sql`at = at + interval '1 millisecond'`],
    ['hash', sql`hash = previous_hash`],
  ])('names the entry whose %s was changed', async (_, assignment) => {
    const ids = await appendMany(4);

    await tamper(sql`UPDATE batch_audit SET ${assignment} WHERE id = ${ids[1] ?? ''}::bigint`);

    expect(await audit.verify(tenantId)).toEqual({ entries: 1, firstBrokenId: ids[1] });
  });

  it.each([0, 2])('names the entry after one that was removed (%d)', async (removed) => {
    const ids = await appendMany(4);

    await tamper(sql`DELETE FROM batch_audit WHERE id = ${ids[removed] ?? ''}::bigint`);

    expect(await audit.verify(tenantId)).toMatchObject({ firstBrokenId: ids[removed + 1] });
  });

  it('reads on over pages', async () => {
    await pg.db.transaction(async (tx) => {
      for (let n = 0; n < 1_001; n += 1) {
        await audit.append(tx, { tenantId, jobId: '1', actor: 'a', action: 'created', details: { n } });
      }
    });

    expect(await audit.verify(tenantId)).toEqual({ entries: 1_001, firstBrokenId: null });
    const [first, second] = await audit.page(tenantId, '0', 2);
    expect(await audit.page(tenantId, first?.id ?? '', 1)).toEqual([second]);
  });

  it.each([
    ['UPDATE', sql`UPDATE batch_audit SET actor = 'x'`],
    ['DELETE', sql`DELETE FROM batch_audit`],
    ['TRUNCATE', sql`TRUNCATE batch_audit`],
  ])('is safe from %s', async (_, statement) => {
    await appendMany(1);

    await expect(pg.db.query(statement)).rejects.toThrow();

    expect(await audit.verify(tenantId)).toEqual({ entries: 1, firstBrokenId: null });
  });
});
