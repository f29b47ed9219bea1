// Writes db/schema.sql from a fresh, migrated database: npm run schema:dump
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings } from '../src/config/index.js';
import { SystemClock } from '../src/kernel/clock.js';
import { createSequelize, Database, migrate } from '../src/platform/database/index.js';
import { EmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { describeSchema } from './schema.repository.js';

const TARGET = fileURLToPath(new URL('../db/schema.sql', import.meta.url));
const clock = new SystemClock();

const directory = mkdtempSync(join(tmpdir(), 'plimsoll-schema-'));
// PostgreSQL of a root user runs as another one, who must get through.
chmodSync(directory, 0o711);
const server = new EmbeddedPostgres({
  dataDir: join(directory, 'postgres'),
  clock,
  onEvent: () => undefined,
});
try {
  const { url } = await server.start();
  const database = new Database(createSequelize(url, readSettings({}).database, clock));
  await migrate(database, clock);
  await writeFile(TARGET, await describeSchema(database));
  await database.close();
  process.stdout.write(`${TARGET} is up to date\n`);
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
