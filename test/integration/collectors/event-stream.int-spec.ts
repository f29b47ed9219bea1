import { sql } from '../../../src/kernel/sql.js';
import { collectorsOn, createTenant } from '../../support/collectors.js';
import { eventually } from '../../support/eventually.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('NDJSON streams on PostgreSQL', () => {
  const pg = useTestDatabase();
  let tenantId = '';
  let streams = 0;

  beforeAll(async () => {
    await collectorsOn(pg.db).partitions.ensure();
    tenantId = await createTenant(pg.db, 'streams');
  });

  const newType = (): string => `type-${(streams += 1)}`;

  function lines(metricType: string, count: number): string {
    return Array.from({ length: count }, (_, index) =>
      JSON.stringify({ scraperSource: 'shöp', metricType, scrapeDurationMs: index, success: true }),
    )
      .map((line) => `${line}\n`)
      .join('');
  }

  /** A body in chunks of `size` bytes: characters and lines are cut anywhere. */
  async function* chunksOf(text: string | Buffer, size = 7_919): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += size) {
      await Promise.resolve();
      yield bytes.subarray(start, start + size);
    }
  }

  function ingest(
    body: AsyncIterable<Uint8Array>,
    options: { idempotencyKey?: string; idleMs?: number; stopping?: AbortSignal } = {},
  ) {
    return collectorsOn(pg.db).stream.ingest({
      tenantId,
      body,
      idleMs: 10_000,
      stopping: new AbortController().signal,
      ...options,
    });
  }

  async function countOf(metricType: string): Promise<number> {
    const [row] = await pg.db.query<{ count: number }>(sql`
      SELECT count(*)::integer AS count FROM scraper_page_performance p
      JOIN scraper_series s ON s.id = p.series_id WHERE s.metric_type = ${metricType}`);
    return row?.count ?? 0;
  }

  it('stores every line, whatever the chunks, line ends and blank lines', async () => {
    const type = newType();
    const text = `\uFEFF${lines(type, 2_500).replaceAll('\n', '\r\n')}\n\n${lines(type, 1).trim()}`;

    const report = await ingest(chunksOf(text, 13));

    expect(report).toEqual({ accepted: 2_501, isReplay: false });
    expect(await countOf(type)).toBe(2_501);
  });

  it.each([
    ['a line that is cut', '{"scraperSource":"sh', 'not JSON'],
    [
      'a negative duration',
      '{"scraperSource":"s","metricType":"m","scrapeDurationMs":-1,"success":true}',
      'scrapeDurationMs',
    ],
    [
      'a number out of range',
      '{"scraperSource":"s","metricType":"m","scrapeDurationMs":1e999,"success":true}',
      'scrapeDurationMs',
    ],
    [
      'a year nobody collected in',
      '{"scraperSource":"s","metricType":"m","success":true,"createdAt":"2097-01-01T00:00:00Z"}',
      'createdAt',
    ],
    ['a line without an end', `"${'x'.repeat(200_000)}`, 'more than 65536 bytes'],
  ])('stores what comes before %s, and names the line', async (_, bad, reason) => {
    const type = newType();

    const refused = ingest(chunksOf(`${lines(type, 1_234)}${bad}\n${lines(type, 10)}`));

    await expect(refused).rejects.toMatchObject({
      code: 'COLLECTORS_EVENT_INVALID',
      message: expect.stringContaining(reason),
    });
    await expect(refused).rejects.toMatchObject({ details: { accepted: 1_234 } });
    expect(await countOf(type)).toBe(1_234);
  });

  it('stores what comes before bytes that are not UTF-8, and names the line', async () => {
    const type = newType();
    const bad = Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]);

    const refused = ingest(
      chunksOf(Buffer.concat([Buffer.from(lines(type, 5)), bad, Buffer.from(lines(type, 3))])),
    );

    await expect(refused).rejects.toMatchObject({
      code: 'COLLECTORS_EVENT_INVALID',
      details: { line: 6, accepted: 5 },
    });
    expect(await countOf(type)).toBe(5);
  });

  it('goes on where a cut stream ended when it is sent again under its key, and loses and doubles nothing', async () => {
    const type = newType();
    const text = lines(type, 3_000);
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield* chunksOf(text.slice(0, Math.floor(text.length / 2)));
      throw new Error('socket hang up');
    }

    await expect(ingest(cut(), { idempotencyKey: type })).rejects.toMatchObject({
      code: 'COLLECTORS_STREAM_ENDED',
    });
    const stored = await countOf(type);
    const resumed = await ingest(chunksOf(text), { idempotencyKey: type });
    const replayed = await ingest(chunksOf(text), { idempotencyKey: type });

    expect(stored).toBeGreaterThan(1_000);
    expect(resumed).toEqual({ accepted: 3_000, isReplay: false });
    expect(replayed).toEqual({ accepted: 3_000, isReplay: true });
    expect(await countOf(type)).toBe(3_000);
  });

  it.each([
    [
      'differs in a line that is stored',
      (text: string) => text.replace('"scrapeDurationMs":3,', '"scrapeDurationMs":4,'),
    ],
    ['has a line more', (text: string) => `${text}${text.split('\n')[0] ?? ''}`],
    ['has a line less', (text: string) => text.slice(text.indexOf('\n') + 1)],
  ])('refuses a stream under a used key that %s', async (_, change) => {
    const type = newType();
    const text = lines(type, 1_500);
    await ingest(chunksOf(text), { idempotencyKey: type });

    const reused = ingest(chunksOf(change(text)), { idempotencyKey: type });

    await expect(reused).rejects.toMatchObject({ code: 'COLLECTORS_IDEMPOTENCY_KEY_REUSED' });
    expect(await countOf(type)).toBe(1_500);
  });

  it('lets one of two concurrent streams under one key win', async () => {
    const type = newType();
    const text = lines(type, 4_000);

    const results = await Promise.allSettled(
      [1, 2].map(() => ingest(chunksOf(text), { idempotencyKey: type })),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await countOf(type)).toBe(4_000);
  });

  it('shows the events of a slow stream while it runs, and ends it when the pause is too long', async () => {
    const type = newType();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(lines(type, 2));
      await new Promise(() => undefined);
    }

    const ended = ingest(slow(), { idleMs: 5_000 });
    const outcome = expect(ended).rejects.toMatchObject({ details: { reason: 'idle', accepted: 2 } });

    await eventually(async () => expect(await countOf(type)).toBe(2));
    await outcome;
  });

  it('ends in good order when the server is stopping', async () => {
    const type = newType();
    const stopping = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(lines(type, 3));
      stopping.abort();
      await new Promise(() => undefined);
    }

    const ended = ingest(endless(), { stopping: stopping.signal });

    await expect(ended).rejects.toMatchObject({ details: { reason: 'stopping', accepted: 3 } });
    expect(await countOf(type)).toBe(3);
  });
});
