import { readFile } from 'node:fs/promises';
import { sql } from '../../src/kernel/sql.js';
import { describeSchema } from '../../scripts/schema.repository.js';
import { useTestDatabase } from '../support/test-database.js';

describe('db/schema.sql', () => {
  const database = useTestDatabase();

  it('is what the migrations make; npm run schema:dump writes it', async () => {
    const written = await readFile(new URL('../../db/schema.sql', import.meta.url), 'utf8');

    expect(await describeSchema(database.db)).toBe(written);
  });

  it('stays the same when partitions are made at run time', async () => {
    const before = await describeSchema(database.db);
    await database.db.query(sql`
      CREATE TABLE scraper_page_performance_test PARTITION OF scraper_page_performance
      FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')`);

    expect(await describeSchema(database.db)).toBe(before);
  });
});

describe('the dump of the schema (control)', () => {
  const database = useTestDatabase();

  it('changes with a column, an index, a trigger and a comment (control)', async () => {
    const texts = [await describeSchema(database.db)];
    for (const change of [
      sql`ALTER TABLE tenants ADD COLUMN extra text`,
      sql`CREATE INDEX tenants_extra ON tenants (extra)`,
      sql`CREATE TRIGGER tenants_extra BEFORE DELETE ON tenants EXECUTE FUNCTION refuse_change()`,
      sql`COMMENT ON COLUMN tenants.extra IS 'more'`,
    ]) {
      await database.db.query(change);
      texts.push(await describeSchema(database.db));
    }

    expect(new Set(texts).size).toBe(5);
  });

  it('refuses a kind of object that it cannot describe', async () => {
    await database.db.query(sql`CREATE VIEW anything AS SELECT 1 AS one`);

    const dump = describeSchema(database.db);

    await expect(dump).rejects.toMatchObject({ code: 'DATABASE_MIGRATION_FAILED' });
    await database.db.query(sql`DROP VIEW anything`);
  });
});
