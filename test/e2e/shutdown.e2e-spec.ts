import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { NumberedEvents } from '../support/numbered-events.js';
import { useTestDatabase } from '../support/test-database.js';

const STORED_BEFORE = 3_000;

describe('SIGTERM', () => {
  const database = useTestDatabase({ isServed: true });

  it('says not ready, ends a waiting stream with its count, finishes requests, and exits 0', async () => {
    const server = await startApi(database.url, { SHUTDOWN_NOT_READY_MS: '500' });
    const api = new ApiClient(server.url);
    const events = new NumberedEvents('waiting', STORED_BEFORE);
    const headers = { 'Idempotency-Key': 'waiting' };
    const stream = api.openStream(headers);
    await events.writeTo(stream);
    await eventually(async () => expect(await api.count('waiting')).toBe(STORED_BEFORE));
    const startedAt = performance.now();

    const exit = server.terminate();
    await eventually(async () => expect((await api.get('/readyz')).status).toBe(503));
    const [read, written] = await Promise.all([
      api.get('/api/metrics/stats'),
      api.post('/api/metrics/events', {
        scraperSource: 'last',
        metricType: 't',
        scrapeDurationMs: 1,
        success: true,
      }),
    ]);

    expect([read.status, written.status]).toEqual([200, 201]);
    expect(await stream.answer).toMatchObject({
      status: 503,
      body: { code: 'COLLECTORS_STREAM_ENDED', details: { reason: 'stopping', accepted: STORED_BEFORE } },
    });
    stream.end();
    expect(await exit).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(server.output).not.toMatch(/"level":"(error|fatal)"/);
  });

  it('answers a stream that is being sent, and the same stream is completed by the next server', async () => {
    const server = await startApi(database.url);
    const events = new NumberedEvents('busy', 60_000);
    const headers = { 'Idempotency-Key': 'busy' };
    const stream = new ApiClient(server.url, ADMIN_KEY).openStream(headers);
    const writing = events.writeTo(stream);
    await eventually(async () =>
      expect(await new ApiClient(server.url).count('busy')).toBeGreaterThan(5_000),
    );

    const exit = server.terminate();
    const answer = await stream.answer;
    stream.cut();
    await writing;

    expect(answer).toMatchObject({ status: 503, body: { code: 'COLLECTORS_STREAM_ENDED' } });
    expect(await exit).toBe(0);
    const next = await startApi(database.url);
    try {
      const api = new ApiClient(next.url);
      expect(await api.count('busy')).toBe(answer.body?.details?.accepted);
      const again = api.openStream(headers);
      await events.writeTo(again);
      again.end();
      expect(await again.answer).toMatchObject({ status: 201, body: { data: { accepted: events.count } } });
      expect(await api.count('busy')).toBe(events.count);
    } finally {
      await next.kill();
    }
  });

  it('ends many streams at once, and warns of no leak', async () => {
    const server = await startApi(database.url);
    const api = new ApiClient(server.url);
    const streams = Array.from({ length: 15 }, () => api.openStream());
    for (const stream of streams) await new NumberedEvents('many', 1).writeTo(stream);
    await eventually(async () => expect(await api.count('many')).toBe(streams.length));

    const exit = server.terminate();
    const answers = await Promise.all(streams.map(({ answer }) => answer));
    for (const stream of streams) stream.end();

    expect(answers.map(({ status }) => status)).toEqual(streams.map(() => 503));
    expect(await exit).toBe(0);
    expect(server.output).not.toContain('MaxListenersExceededWarning');
  });
});
