import { sql } from '../../../src/kernel/sql.js';
import {
  createTestDatabase,
  dropDatabase,
  openDatabase,
  useTestDatabase,
} from '../../support/test-database.js';

describe('useTestDatabase', () => {
  const pg = useTestDatabase();

  it('gives a migrated database of its own', async () => {
    const [row] = await pg.db.query<{ name: string; migrations: number }>(
      sql`SELECT current_database() AS name, count(*)::int AS migrations FROM schema_migrations`,
    );

    expect(`/${row?.name}`).toBe(new URL(pg.url).pathname);
    expect(row?.migrations).toBeGreaterThan(0);
  });

  it('keeps what one file writes from every other', async () => {
    const otherUrl = await createTestDatabase();
    const other = openDatabase(otherUrl);
    await pg.db.query(sql`CREATE TABLE only_here (id int)`);

    const found = await other.db.query(sql`SELECT FROM pg_class WHERE relname = 'only_here'`);

    expect(found).toEqual([]);
    await other.db.close();
    await dropDatabase(otherUrl);
  });
});
