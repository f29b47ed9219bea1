import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sql } from '../../src/kernel/sql.js';
import { useTestDatabase } from '../support/test-database.js';

const MIGRATE = fileURLToPath(new URL('../../dist/migrate.js', import.meta.url));

function migrate(databaseUrl: string) {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MIGRATE], {
    encoding: 'utf8',
    env: { PATH, DATABASE_URL: databaseUrl, DATABASE_CONNECT_DEADLINE_MS: '1000' },
  });
  return { status, stdout, stderr };
}

describe('node dist/migrate.js', () => {
  const pg = useTestDatabase({ isMigrated: false });

  it('makes the schema, ends, and does nothing the second time', async () => {
    const first = migrate(pg.url);
    const second = migrate(pg.url);

    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toContain('Database migrated');
    expect(second).toMatchObject({ status: 0, stdout: 'The database is up to date.\n' });
    const [row] = await pg.db.query<{ count: number }>(
      sql`SELECT count(*)::int AS count FROM schema_migrations`,
    );
    expect(row?.count).toBeGreaterThan(5);
  });

  it('fails when there is no database', () => {
    const { status, stderr } = migrate('postgres://nobody@127.0.0.1:1/none');

    expect(status).toBe(1);
    expect(stderr).toMatch(/database/i);
  });
});
