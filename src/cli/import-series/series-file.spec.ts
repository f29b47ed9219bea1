import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImportPlan, planImport, toEventLine } from './import-plan.js';
import { Secret } from '../../config/index.js';
import type { ImportOptions } from './options.js';
import { SeriesFile } from './series-file.js';

const NOW = new Date('2026-01-31T10:00:00Z');
let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-series-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileOf(text: string): Promise<SeriesFile> {
  files += 1;
  const path = join(directory, `series-${files}.csv`);
  await writeFile(path, text);
  return new SeriesFile(path, 'duration');
}

async function planOf(text: string, options: Partial<ImportOptions> = {}): Promise<ImportPlan> {
  return planImport(
    await fileOf(text),
    {
      path: '',
      url: '',
      apiKey: new Secret(''),
      source: 'shop',
      type: 'imported',
      valueRole: 'duration',
      isShifted: true,
      ...options,
    },
    NOW,
  );
}

describe('SeriesFile', () => {
  it('sums a file up, in any order and without an end of its last line', async () => {
    const file = await fileOf('timestamp,value\n2014-01-02 00:00:00,2\r\n\n2014-01-01 00:00:00,1');

    expect(await file.summarise()).toMatchObject({
      rows: 2,
      oldest: new Date('2014-01-01T00:00:00Z'),
      newest: new Date('2014-01-02T00:00:00Z'),
    });
  });

  it('takes a byte order mark, quoted cells and blanks', async () => {
    const file = await fileOf('\ufeffTimestamp, Value\n"2014-01-02 00:00:00" , 2 \n');

    expect(await file.summarise()).toMatchObject({ rows: 1 });
  });

  it.each([
    ['', 'the file is empty'],
    ['\n\n', 'the file is empty'],
    ['timestamp,value\n', 'it holds no samples'],
    ['2014-01-02 00:00:00,2\n', 'line 1: the first line must be the header "timestamp,value"'],
    ['timestamp,value\n2014-01-02 00:00:00,2\n\n2014-01-02 00:00:00,x\n', 'line 4: the value must be'],
    ['timestamp,value\n2014-01-02 00:00:00,\n', 'line 2: the value is missing'],
    ['timestamp,value\n2014-01-02 00:00:00,"2\n', 'CSV_QUOTE_NOT_CLOSED'],
    [`timestamp,value\n"${'x'.repeat(20_000)}`, 'CSV_MAX_RECORD_SIZE'],
  ])('refuses %j', async (text, reason) => {
    await expect((await fileOf(text)).summarise()).rejects.toThrow(reason);
  });

  it('says that a file is missing, or none', async () => {
    await expect(new SeriesFile('/nonexistent/x.csv', 'duration').summarise()).rejects.toThrow(
      'no such file',
    );
    await expect(new SeriesFile(directory, 'duration').summarise()).rejects.toThrow('not a regular file');
  });
});

describe('planImport', () => {
  const TEXT = 'timestamp,value\n2014-01-01 00:00:00,1\n2014-01-09 12:00:00,2\n2014-01-10 00:00:00,3\n';

  it('moves the newest sample to the present', async () => {
    const { from, to, rows } = await planOf(TEXT);

    expect({ from, to, rows }).toEqual({ from: new Date('2026-01-22T10:00:00Z'), to: NOW, rows: 3 });
  });

  it('leaves out what is older than the last days', async () => {
    expect(await planOf(TEXT, { lastDays: 1 })).toMatchObject({
      from: new Date('2026-01-30T22:00:00Z'),
      rows: 2,
    });
  });

  it('keeps the times of the file when asked', async () => {
    expect(await planOf(TEXT, { isShifted: false })).toMatchObject({ shiftMs: 0 });
  });

  it('names the same events by the same key, and others by another', async () => {
    const [first, resumed, later, other, edited] = await Promise.all([
      planOf(TEXT),
      planOf(TEXT, { endingAt: NOW }),
      planOf(TEXT, { endingAt: new Date('2026-01-31T10:00:01Z') }),
      planOf(TEXT, { source: 'other' }),
      planOf(TEXT.replace(',3', ',4')),
    ]);

    expect(resumed.idempotencyKey).toBe(first.idempotencyKey);
    expect(new Set([first, later, other, edited].map(({ idempotencyKey }) => idempotencyKey)).size).toBe(4);
  });
});

describe('toEventLine', () => {
  const sample = { at: new Date('2014-01-01T00:00:00Z'), value: 2, line: 2 };

  it('makes a value a scrape time or a number of items', () => {
    const names = { source: 'shop', type: 'imported' };
    const event = { scraperSource: 'shop', metricType: 'imported', success: true };
    const createdAt = '2014-01-01T00:00:01.000Z';

    const lines = (['duration', 'items'] as const).map((valueRole) =>
      toEventLine(sample, { shiftMs: 1_000 }, { ...names, valueRole }),
    );

    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ...event, scrapeDurationMs: 2, createdAt },
      { ...event, itemsExtracted: 2, createdAt },
    ]);
  });
});
