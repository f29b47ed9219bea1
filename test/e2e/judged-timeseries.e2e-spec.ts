import { ApiClient, startApi } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const HOUR_MS = 3_600_000;
const PATH = '/api/metrics/timeseries?scraper=shop&timeWindow=1d';

interface Step {
  readonly timestamp: string;
  readonly count: number;
  readonly band?: { readonly expected: number; readonly lower: number; readonly upper: number };
  readonly anomaly?: { readonly score: number; readonly isAnomaly: boolean } | null;
}

describe('GET /api/metrics/timeseries with a band and anomalies', () => {
  const database = useTestDatabase({ isServed: true });
  let server: ServerProcess;
  let api: ApiClient;
  const slowAt = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 6 * HOUR_MS;

  async function steps(query: string): Promise<Step[]> {
    const { status, body } = await api.get(`${PATH}${query}`);
    expect([status, body?.code]).toEqual([200, undefined]);
    return body?.data as Step[];
  }

  beforeAll(async () => {
    server = await startApi(database.url);
    api = new ApiClient(server.url);
    const events = Array.from({ length: 21 * 24 }, (_, index) => {
      const at = slowAt + (6 - index) * HOUR_MS + 60_000;
      const usual = 500 + 100 * Math.sin((2 * Math.PI * at) / (24 * HOUR_MS)) + ((index * 7_919) % 21);
      return {
        scraperSource: 'shop',
        metricType: 'scrape',
        success: true,
        scrapeDurationMs: at === slowAt + 60_000 ? 9_000 : usual,
        createdAt: new Date(at).toISOString(),
      };
    }).filter(({ createdAt }) => Date.parse(createdAt) < Date.now());
    const { status } = await api.post('/api/metrics/events', { events });
    expect(status).toBe(201);
  });

  afterAll(() => server.kill());

  it('marks the slow hour, and only when it is asked to', async () => {
    const [judged, plain] = [await steps('&band=true&anomalies=true'), await steps('')];

    const odd = judged.filter(({ anomaly }) => anomaly?.isAnomaly);
    expect(odd.map(({ timestamp }) => Date.parse(timestamp))).toEqual([slowAt]);
    expect(odd[0]?.band?.upper).toBeLessThan(2_000);
    expect(
      judged.map(({ band, anomaly, ...step }) => (band && anomaly !== undefined ? step : undefined)),
    ).toEqual(plain);
  });

  it('answers the band alone, or the scores alone', async () => {
    const [bands, scores] = [await steps('&band=true'), await steps('&anomalies=true')];

    expect(bands.every((step) => 'band' in step && !('anomaly' in step))).toBe(true);
    expect(scores.every((step) => 'anomaly' in step && !('band' in step))).toBe(true);
  });

  it('tells what was judged, by which threshold, and after how many steps', async () => {
    const { body } = await api.get(`${PATH}&anomalies=true&measure=count`);

    expect(body?.meta).toMatchObject({ judged: { measure: 'count', threshold: 3.5, stepsBefore: 1_344 } });
  });

  it.each(['band=yes', 'anomalies=1', 'measure=median', 'band=true&band=true'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await api.get(`${PATH}&${query}`);

      expect([status, body?.code]).toEqual([400, 'HTTP_INPUT_INVALID']);
    },
  );
});
