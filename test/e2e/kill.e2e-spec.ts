import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from '../../src/kernel/sql.js';
import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { NumberedEvents } from '../support/numbered-events.js';
import { Random } from '../support/random.js';
import { auditRollups } from '../support/rollup-audit.js';
import { freePort } from '../support/test-servers.js';
import { useTestDatabase } from '../support/test-database.js';

const IMPORT = fileURLToPath(new URL('../../dist/cli/import-series/main.js', import.meta.url));

/** `npm run test:chaos` sets more. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const EVENTS = 20_000;
const ROUND_MS = 180_000;

const database = useTestDatabase({ isServed: true });

/** What the database holds of a series, straight from the raw table. */
async function stored(scraper: string): Promise<{ count: number; sumMs: number }> {
  const [row] = await database.db.query<{ count: number; sumMs: number }>(sql`
    SELECT count(*)::float8 AS count, coalesce(sum(scrape_duration_ms), 0)::float8 AS "sumMs"
    FROM scraper_page_performance JOIN scraper_series s ON s.id = series_id
    WHERE s.scraper_source = ${scraper}`);
  return row ?? { count: 0, sumMs: 0 };
}

describe('npm run import', () => {
  it('goes on by itself when the server is killed under it and comes back', async () => {
    const rows = 300_000;
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-import-'));
    const path = join(directory, 'long.csv');
    const time = (index: number): string =>
      new Date(index * 1_000).toISOString().slice(0, 19).replace('T', ' ');
    writeFileSync(
      path,
      `timestamp,value\n${Array.from({ length: rows }, (_, i) => `${time(i)},${i}\n`).join('')}`,
    );
    const env = { PORT: String(await freePort()) };
    const doomed = await startApi(database.url, env);
    const child = spawn(process.execPath, [IMPORT, path, '--url', doomed.url], {
      env: { PATH: process.env.PATH, PLIMSOLL_API_KEY: ADMIN_KEY },
    });
    let text = '';
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    const ended = once(child, 'close');
    await eventually(async () => expect((await stored('long')).count).toBeGreaterThan(20_000));

    await doomed.kill();
    const server = await startApi(database.url, env);

    expect([(await ended)[0], text]).toEqual([0, expect.stringContaining(`Imported ${rows} rows`)]);
    expect(text).toContain('Trying again');
    expect(await stored('long')).toEqual({ count: rows, sumMs: (rows * (rows - 1)) / 2 });
    await server.kill();
    rmSync(directory, { recursive: true });
  });
});

describe('a server that is killed in the middle of a stream', () => {
  it(
    `loses and doubles nothing when the stream is sent again (${ROUNDS} rounds)`,
    async () => {
      const random = new Random(SEED);
      const env = { PORT: String(await freePort()) };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const events = new NumberedEvents(`kill-${round}`, EVENTS);
        const headers = { 'Idempotency-Key': events.scraper };
        const doomed = await startApi(database.url, env);
        const writing = events.writeTo(new ApiClient(doomed.url).openStream(headers));
        const enough = random.below(EVENTS / 2) + 1;
        await eventually(async () => expect((await stored(events.scraper)).count).toBeGreaterThan(enough));
        await doomed.kill();
        await writing;
        const before = await stored(events.scraper);

        const server = await startApi(database.url, env);
        const again = new ApiClient(server.url).openStream(headers);
        await events.writeTo(again);
        again.end();

        expect(await again.answer).toMatchObject({ status: 201, body: { data: { accepted: EVENTS } } });
        expect({ round, ...(await stored(events.scraper)) }).toEqual({
          round,
          count: EVENTS,
          sumMs: events.sumMs,
        });
        expect(before.count).toBeGreaterThan(enough);
        expect(await new ApiClient(server.url).count(events.scraper)).toBe(EVENTS);
        await eventually(async () => expect(await auditRollups(database.db)).toEqual([]));
        await server.kill();
      }
    },
    ROUNDS * ROUND_MS,
  );
});
