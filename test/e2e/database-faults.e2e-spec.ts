import pg from 'pg';
import { type ApiAnswer, ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { EmbeddedDirectory } from '../support/embedded-directory.js';
import { eventually } from '../support/eventually.js';
import { auditRollups } from '../support/rollup-audit.js';
import { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';
import { adminDatabaseUrl } from '../support/test-servers.js';

const EVENTS = '/api/metrics/events';
const WRITERS = 4;
const OUTAGES = 5;

/** Clients that post numbered batches, each under its own key until it is stored, as a good client does. */
class Writers {
  readonly statuses = new Set<number>();
  readonly problems: ApiAnswer[] = [];
  private isStopped = false;
  private acceptedCount = 0;
  private readonly running: Promise<void>[];

  constructor(
    private readonly api: ApiClient,
    private readonly scraper: string,
  ) {
    this.running = Array.from({ length: WRITERS }, (_, index) => this.write(index));
  }

  get accepted(): number {
    return this.acceptedCount;
  }

  /** Waits until the batches under way are stored; returns the number of events that must be there. */
  async stop(): Promise<number> {
    this.isStopped = true;
    await Promise.all(this.running);
    return this.acceptedCount;
  }

  private async write(writer: number): Promise<void> {
    const event = { scraperSource: this.scraper, metricType: 't', scrapeDurationMs: 7, success: true };
    const body = { events: Array(10).fill(event) as unknown[] };
    for (let batch = 0; !this.isStopped; batch += 1) {
      const headers = { 'Idempotency-Key': `${this.scraper}-${writer}-${batch}` };
      await eventually(() => this.post(body, headers));
      this.acceptedCount += body.events.length;
    }
  }

  private async post(body: unknown, headers: Record<string, string>): Promise<void> {
    const answer = await this.api.post(EVENTS, body, headers);
    this.statuses.add(answer.status);
    if (answer.status === 201) return;
    this.problems.push(answer);
    throw new Error(`not stored yet: ${answer.status} ${answer.body?.code ?? ''}`);
  }
}

function expectUnavailable(problems: readonly ApiAnswer[]): void {
  for (const { headers, body } of problems) {
    expect(body).toMatchObject({ status: 503, code: expect.stringMatching(/^DATABASE_/) });
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

describe('PostgreSQL that ends every connection', () => {
  const database = useTestDatabase({ isServed: true });

  it('costs single answers of 503, and nothing that was accepted', async () => {
    const server = await startApi(database.url);
    const admin = new pg.Client(adminDatabaseUrl());
    await admin.connect();
    const api = new ApiClient(server.url);
    const writers = new Writers(api, 'terminated');
    try {
      for (let outage = 0; outage < OUTAGES; outage += 1) {
        const reached = writers.accepted + 200;
        await eventually(() => expect(writers.accepted).toBeGreaterThan(reached));
        await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          new URL(database.url).pathname.slice(1),
        ]);
      }

      const accepted = await writers.stop();

      expectUnavailable(writers.problems);
      expect(await api.count('terminated')).toBe(accepted);
      expect((await api.get('/readyz')).status).toBe(200);
      await eventually(async () => expect(await auditRollups(database.db)).toEqual([]));
    } finally {
      await writers.stop();
      await admin.end();
      await server.kill();
    }
  });
});

describe('the embedded server killed under requests', () => {
  it('comes back by itself, with everything that was accepted', async () => {
    const directory = new EmbeddedDirectory();
    const server = await ServerProcess.start({
      env: {
        PLIMSOLL_DATA_DIR: directory.dataDir,
        PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
        LOG_LEVEL: 'warn',
        SHUTDOWN_NOT_READY_MS: '0',
      },
    });
    const api = new ApiClient(server.url);
    const writers = new Writers(api, 'embedded');
    try {
      await eventually(() => expect(writers.accepted).toBeGreaterThan(500));

      process.kill(await directory.postmasterPid(), 'SIGKILL');

      const reached = writers.accepted + 500;
      await eventually(() => expect(writers.accepted).toBeGreaterThan(reached));
      const accepted = await writers.stop();
      expectUnavailable(writers.problems);
      expect(writers.statuses).toContain(503);
      expect(await api.count('embedded')).toBe(accepted);
      expect((await api.get('/readyz')).status).toBe(200);
    } finally {
      await writers.stop();
      expect(await server.terminate()).toBe(0);
      await directory.remove();
    }
  });
});
