import { sql } from '../../src/kernel/sql.js';
import { ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { Random } from '../support/random.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

/** `npm run test:chaos` sets more. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
/** The long form: 1,000,000 rows and 50 kills. */
const ROWS = ROUNDS >= 20 ? 1_000_000 : 100_000;
const KILLS = Math.ceil(ROUNDS * 2.5);
const INSTANCES = 2;
/** Records that the database refuses: a negative duration. */
const BAD_EVERY = 9_973;
/** Leases of dead workers run out in between. */
const ROUND_MS = 40_000;

const database = useTestDatabase({ isServed: true });

async function loaded(): Promise<{ rows: number; distinct: number; least: number; most: number }> {
  const [row] = await database.db.query<{ rows: number; distinct: number; least: number; most: number }>(sql`
    SELECT count(*)::float8 AS rows, count(DISTINCT duration_ms)::float8 AS distinct, min(duration_ms) AS least,
      max(duration_ms) AS most
    FROM scheduler_metrics`);
  return row ?? { rows: NaN, distinct: NaN, least: NaN, most: NaN };
}

function upload(): string {
  const line = (index: number): string => {
    const durationMs = index % BAD_EVERY === 0 ? -1 : index;
    return `{"jobName":"load","startedAt":"2026-01-31T12:00:00Z","durationMs":${durationMs},"success":true}\n`;
  };
  return Array.from({ length: ROWS }, (_, index) => line(index + 1)).join('');
}

describe('a batch job whose workers are killed', () => {
  it(
    `has every record once after ${KILLS} kills (seed ${SEED})`,
    async () => {
      const random = new Random(SEED);
      const start = (): Promise<ServerProcess> => startApi(database.url, { BATCH_WORKERS: '2' });
      const servers = await Promise.all(Array.from({ length: INSTANCES }, start));
      const client = new ApiClient(servers[0]?.url ?? '');
      const answer = await client.send('/api/jobs?operation=CREATE&target=scheduler-runs', {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: upload(),
      });
      expect(answer.status).toBe(202);
      const { id } = answer.body?.data as { id: string };

      try {
        for (let kill = 0; kill < KILLS; kill += 1) {
          await new Promise((resolve) => setTimeout(resolve, 20 + random.fraction() * 400));
          const doomed = Math.floor(random.fraction() * INSTANCES);
          await servers[doomed]?.kill();
          servers[doomed] = await start();
        }
        const survivor = new ApiClient(servers[0]?.url ?? '');
        await eventually(
          async () => {
            const job = (await survivor.get(`/api/jobs/${id}`)).body?.data;
            expect(job).toMatchObject({
              state: 'succeeded',
              processed: ROWS,
              bad: Math.floor(ROWS / BAD_EVERY),
            });
          },
          { withinMs: 120_000 },
        );
      } finally {
        await Promise.all(servers.map((server) => server.kill()));
      }

      const good = ROWS - Math.floor(ROWS / BAD_EVERY);
      expect(await loaded()).toEqual({ rows: good, distinct: good, least: 1, most: ROWS });
    },
    180_000 + KILLS * ROUND_MS,
  );
});
