import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../../src/kernel/clock.js';
import { sql } from '../../../src/kernel/sql.js';
import { migrate } from '../../../src/platform/database/index.js';
import { useTestDatabase } from '../../support/test-database.js';

const STATEMENT_TIMEOUT_MS = 100;
/** Longer than the client waits for any other statement: 5 s above the server's bound. */
const MIGRATION_SECONDS = 5.5;

describe('migrations', () => {
  const pg = useTestDatabase({
    isMigrated: false,
    config: { statementTimeoutMs: STATEMENT_TIMEOUT_MS, poolMax: 1 },
  });
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'plimsoll-migrations-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('may run longer than the bounds of requests, which hold again afterwards', async () => {
    await writeFile(join(directory, '0001_slow.sql'), `SELECT pg_sleep(${MIGRATION_SECONDS})`);

    const names = await migrate(pg.db, new SystemClock(), { directory });

    expect(names).toEqual(['0001_slow.sql']);
    const [row] = await pg.db.query(sql`SELECT current_setting('statement_timeout') AS bound`);
    expect(row).toEqual({ bound: `${STATEMENT_TIMEOUT_MS}ms` });
  });
});
