import { ADMIN_KEY, ApiClient } from '../support/api-client.js';
import { EmbeddedDirectory, query } from '../support/embedded-directory.js';
import { eventually } from '../support/eventually.js';
import { Random } from '../support/random.js';
import { ServerProcess } from '../support/server-process.js';

/** `npm run test:chaos` sets more. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const KILLS = Math.max(2, Math.ceil(ROUNDS / 2));
const ROWS_PER_KILL = 60_000;
const ROWS = KILLS * ROWS_PER_KILL;
const ROUND_MS = 30_000;

const upload = (): string =>
  Array.from(
    { length: ROWS },
    (_, index) =>
      `{"jobName":"load","startedAt":"2026-01-31T12:00:00Z","durationMs":${index + 1},"success":true}\n`,
  ).join('');

describe('a batch job whose database server is killed', () => {
  it(
    `has every record once after ${KILLS} kills of the server (seed ${SEED})`,
    async () => {
      const random = new Random(SEED);
      const directory = new EmbeddedDirectory();
      const server = await ServerProcess.start({
        env: {
          PLIMSOLL_DATA_DIR: directory.dataDir,
          PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
          LOG_LEVEL: 'fatal',
          SHUTDOWN_NOT_READY_MS: '0',
        },
      });
      const api = new ApiClient(server.url);
      try {
        const answer = await api.send('/api/jobs?operation=CREATE&target=scheduler-runs', {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-ndjson' },
          body: upload(),
        });
        expect(answer.status).toBe(202);
        const { id } = answer.body?.data as { id: string };
        const job = async (): Promise<{ state: string; processed: number }> => {
          const { status, body } = await api.get(`/api/jobs/${id}`);
          expect(status).toBe(200);
          return body?.data as { state: string; processed: number };
        };

        let kills = 0;
        let before = -1;
        while (kills < KILLS) {
          // Each time in the middle: further on than at the last one.
          const { state, processed } = await eventually(
            async () => {
              const seen = await job();
              expect(seen.state === 'succeeded' || seen.processed > before).toBe(true);
              return seen;
            },
            { withinMs: 60_000 },
          );
          if (state === 'succeeded') break;
          await new Promise((resolve) => setTimeout(resolve, random.fraction() * 100));
          process.kill(await directory.postmasterPid(), 'SIGKILL');
          before = processed;
          kills += 1;
        }
        await eventually(
          async () => expect(await job()).toMatchObject({ state: 'succeeded', processed: ROWS, bad: 0 }),
          { withinMs: 90_000 },
        );

        expect(kills).toBeGreaterThanOrEqual(2);
        const { url } = await directory.server().start();
        const found = await query(
          url,
          `SELECT count(*)::int AS rows, count(DISTINCT duration_ms)::int AS distinct, max(duration_ms) AS most
           FROM scheduler_metrics`,
        );
        expect(found).toEqual([{ rows: ROWS, distinct: ROWS, most: ROWS }]);
      } finally {
        await server.terminate();
        await directory.remove();
      }
    },
    60_000 + KILLS * ROUND_MS,
  );
});
