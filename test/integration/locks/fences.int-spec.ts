import { FenceRepository } from '../../../src/locks/fencing/fence.repository.js';
import { Fences } from '../../../src/locks/index.js';
import { sql } from '../../../src/kernel/sql.js';
import type { Queryable } from '../../../src/platform/database/index.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('Fences', () => {
  const database = useTestDatabase();
  let fences: Fences;

  beforeAll(async () => {
    fences = new Fences(database.db, new FenceRepository(database.db));
    await database.db.query(sql`CREATE TABLE register (value integer NOT NULL)`);
  });
  beforeEach(async () => {
    await database.db.query(sql`TRUNCATE register, lock_fences`);
    await database.db.query(sql`INSERT INTO register VALUES (0)`);
  });

  const held = (resource: string) => ({ resource, assertHeld: () => undefined });
  const read = async (): Promise<number> => {
    const [row] = await database.db.query<{ value: number }>(sql`SELECT value FROM register`);
    return row?.value ?? NaN;
  };
  const store = (value: number) => (tx: Queryable) => tx.query(sql`UPDATE register SET value = ${value}`);

  it('lets the latest claim write, and no earlier one', async () => {
    const first = await fences.claim(held('x'));
    await fences.write(first, store(1));
    const second = await fences.claim(held('x'));

    await expect(fences.write(first, store(100))).rejects.toMatchObject({ code: 'LOCK_FENCED' });
    await fences.write(second, store(2));

    expect(await read()).toBe(2);
    expect(BigInt(second.number)).toBeGreaterThan(BigInt(first.number));
  });

  it('keeps resources apart', async () => {
    const x = await fences.claim(held('x'));
    await fences.claim(held('y'));

    await fences.write(x, store(1));

    expect(await read()).toBe(1);
  });

  it('makes a claim wait for the write that is under way, so that its holder reads the result', async () => {
    const first = await fences.claim(held('x'));
    let claimed: Promise<number> | undefined;

    await fences.write(first, async (tx) => {
      await store(1)(tx);
      claimed = fences.claim(held('x')).then(read);
      await tx.query(sql`SELECT pg_sleep(0.1)`);
    });

    expect(await claimed).toBe(1);
  });

  it('claims nothing for a lock that has ended', async () => {
    const lost = {
      resource: 'x',
      assertHeld: () => {
        throw new TypeError('lost');
      },
    };

    await expect(fences.claim(lost)).rejects.toThrow('lost');
    expect(await database.db.query(sql`SELECT FROM lock_fences`)).toEqual([]);
  });

  it('refuses whoever held a claim that was forgotten', async () => {
    const fence = await fences.claim(held('x'));

    await fences.prune(new Date(Date.now() + 8 * 86_400_000));

    await expect(fences.write(fence, store(1))).rejects.toMatchObject({ code: 'LOCK_FENCED' });
  });

  it.each([true, false])(
    'loses no increment of two who both believe to hold the lock: fenced %s',
    async (isFenced) => {
      let acknowledged = 0;
      const increment = async (): Promise<void> => {
        const fence = await fences.claim(held('x'));
        const value = await read();
        try {
          if (isFenced) await fences.write(fence, store(value + 1));
          else await database.db.transaction(store(value + 1));
          acknowledged += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: 'LOCK_FENCED' });
        }
      };

      for (let round = 0; round < 50; round += 1) await Promise.all([increment(), increment(), increment()]);

      // Without the fence (the control) some are overwritten.
      if (isFenced) expect(await read()).toBe(acknowledged);
      else expect(await read()).toBeLessThan(acknowledged);
    },
  );
});
