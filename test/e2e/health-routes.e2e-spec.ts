import { ApiClient, startApi } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

interface Component {
  readonly healthy: boolean;
  readonly score: number;
  readonly status: string;
  readonly indicators: readonly { readonly indicator: string; readonly state: string }[];
  readonly deductions: readonly { readonly points: number }[];
}

interface Health {
  readonly overall: Component;
  readonly components: Readonly<Record<string, Component>>;
  readonly issues: readonly unknown[];
  readonly warnings: readonly unknown[];
  readonly recommendations: readonly unknown[];
}

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let client: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url, { METRICS_ANONYMOUS_READ: 'true' });
  client = new ApiClient(server.url);
}, 60_000);
afterAll(() => server.kill());

describe('GET /metrics/health', () => {
  it('judges every component, and explains each point it takes', async () => {
    const { status, body } = await client.get('/metrics/health');
    const health = body?.data as Health;

    expect(status).toBe(200);
    expect(health).toMatchObject({
      issues: expect.any(Array) as unknown,
      warnings: expect.any(Array) as unknown,
    });
    expect(Object.keys(health.components)).toEqual(expect.arrayContaining(['cache', 'application', 'locks']));
    for (const { score, deductions } of Object.values(health.components)) {
      const points = deductions.reduce((sum, deduction) => sum + deduction.points, 0);
      expect(score + points).toBeCloseTo(100, 6);
    }
  });

  it('does not judge a Redis that is not configured', async () => {
    const { body } = await client.get('/metrics/health');
    const { indicators } = (body?.data as Health).components['cache'] ?? { indicators: [] };

    expect(indicators).toContainEqual(
      expect.objectContaining({ indicator: 'redis-latency', state: 'not-configured' }),
    );
  });

  it('speaks application/health+json to those who ask for it', async () => {
    const response = await fetch(`${server.url}/metrics/health`, {
      headers: { Accept: 'application/health+json' },
    });
    const answer = (await response.json()) as { status: string; checks: Record<string, unknown> };

    expect(response.headers.get('Content-Type')).toContain('application/health+json');
    expect(['pass', 'warn']).toContain(answer.status);
    expect(answer.checks).toHaveProperty('application:heap');
  });
});
