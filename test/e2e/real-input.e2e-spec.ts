import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { auditRollups } from '../support/rollup-audit.js';
import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const IMPORT = fileURLToPath(new URL('../../dist/cli/import-series/main.js', import.meta.url));
const SERIES = ['ec2_request_latency_system_failure', 'TravelTime_387'] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const STEPS_MS = { '5m': 5 * MINUTE_MS, '1h': 60 * MINUTE_MS, '1d': DAY_MS };
const PERCENTILE_TOLERANCE = 0.01;
const AVERAGE_TOLERANCE = 1e-9;

interface Point {
  readonly atMs: number;
  readonly value: number;
}

type Statistics = Record<string, number | string | null>;

const database = useTestDatabase({ isServed: true });
const expectedPoints = new Map<string, Point[]>();
let server: ServerProcess;
let api: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url);
  api = new ApiClient(server.url);
  for (const series of SERIES) {
    const { code, stderr, stdout } = await runImport(series);
    if (code !== 0) throw new Error(`the import ended with ${code}: ${stderr}`);
    expect(stdout).toMatch(
      new RegExp(
        `^Imported \\d+ rows \\(\\d+ rows/s\\); series ${series} / imported; statistics: http\\S+\n$`,
      ),
    );
    const [, endsAt = ''] = /to (\S+); if it is/.exec(stderr) ?? [];
    expectedPoints.set(series, readPoints(series, Date.parse(endsAt)));
  }
}, 120_000);

afterAll(() => server.kill());

async function runImport(series: string, ...options: string[]) {
  const child = spawn(process.execPath, [IMPORT, fixture(series), '--url', server.url, ...options], {
    env: { PATH: process.env.PATH, PLIMSOLL_API_KEY: ADMIN_KEY },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

function fixture(series: string): string {
  return fileURLToPath(new URL(`../fixtures/series/${series}.csv`, import.meta.url));
}

/** The file's samples, read by other means than the import's, moved so that the newest is at `endsAtMs`. */
function readPoints(series: string, endsAtMs: number): Point[] {
  const lines = readFileSync(fixture(series), 'utf8').split('\n').slice(1);
  const points = lines.flatMap((line) => {
    const [time = '', value = ''] = line.split(',');
    return line === '' ? [] : [{ atMs: Date.parse(`${time.replace(' ', 'T')}Z`), value: parseFloat(value) }];
  });
  const shiftMs = endsAtMs - Math.max(...points.map(({ atMs }) => atMs));
  return points.map(({ atMs, value }) => ({ atMs: atMs + shiftMs, value }));
}

/** Differences between an answered row and the statistics of `points`; none when it is true. */
function differences(row: Statistics, points: readonly Point[]): string[] {
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const count = sorted.length;
  const nearestRank = (rank: number): number | null => sorted[Math.ceil((rank * count) / 100) - 1] ?? null;
  const average = count === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / count;
  const expected: [name: string, value: number | null, tolerance: number][] = [
    ['count', count, 0],
    ['successCount', count, 0],
    ['successRate', count === 0 ? null : 1, 0],
    ['totalItems', 0, 0],
    ['avgDurationMs', average, AVERAGE_TOLERANCE],
    ['minDurationMs', sorted[0] ?? null, 0],
    ['maxDurationMs', sorted.at(-1) ?? null, 0],
    ['p50DurationMs', nearestRank(50), PERCENTILE_TOLERANCE],
    ['p95DurationMs', nearestRank(95), PERCENTILE_TOLERANCE],
    ['p99DurationMs', nearestRank(99), PERCENTILE_TOLERANCE],
  ];
  return expected.flatMap(([name, value, tolerance]) => {
    const actual = row[name];
    const isClose =
      typeof actual === 'number' && value !== null
        ? Math.abs(actual - value) <= tolerance * Math.abs(value)
        : actual === value;
    return isClose ? [] : [`${name} is ${String(actual)}, must be ${String(value)}`];
  });
}

async function ask(path: string, query: Record<string, string>) {
  const { status, body } = await api.get(`${path}?${new URLSearchParams(query).toString()}`);
  expect([status, body?.code]).toEqual([200, undefined]);
  const { from = '', to = '' } = body?.meta ?? {};
  return { rows: body?.data as Statistics[], fromMs: Date.parse(from), toMs: Date.parse(to) };
}

function pointsIn(series: string, fromMs: number, toMs: number): Point[] {
  return (expectedPoints.get(series) ?? []).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

describe.each(SERIES)('real input: %s', (series) => {
  it.each(['1d', '7d', '30d'])('has true statistics over the last %s', async (timeWindow) => {
    const { rows, fromMs, toMs } = await ask('/api/metrics/stats', { scraper: series, timeWindow });

    expect(Math.abs(Date.now() - Number.parseInt(timeWindow) * DAY_MS - fromMs)).toBeLessThan(10_000);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ scraperSource: series, metricType: 'imported' });
    expect(differences(rows[0] ?? {}, pointsIn(series, fromMs, toMs))).toEqual([]);
  });

  it.each([
    ['everything', -89 * DAY_MS, 60_000],
    ['everything up to the newest sample, which is left out', -89 * DAY_MS, 0],
    ['half a day at odd times', -2.3 * DAY_MS, -1.8 * DAY_MS],
    ['a window inside an hour', -1 * DAY_MS - 1_700_123, -1 * DAY_MS - 17],
    ['a window over midnight', -9.1234567 * DAY_MS, -8.7654321 * DAY_MS],
    ['days and a bit on both sides', -12.987654 * DAY_MS, -0.123456 * DAY_MS],
    ['a time without samples', -89 * DAY_MS, -88 * DAY_MS],
  ])('has true statistics over %s', async (_name, fromOffsetMs, toOffsetMs) => {
    const newestMs = Math.max(...(expectedPoints.get(series) ?? []).map(({ atMs }) => atMs));
    const [fromMs, toMs] = [Math.round(newestMs + fromOffsetMs), Math.round(newestMs + toOffsetMs)];
    const query = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };

    const answer = await ask('/api/metrics/stats', { scraper: series, type: 'imported', ...query });

    expect([answer.fromMs, answer.toMs]).toEqual([fromMs, toMs]);
    expect(answer.rows.map((row) => differences(row, pointsIn(series, fromMs, toMs)))).toEqual([[]]);
  });

  it.each(['5m', '1h', '1d'] as const)('has a true timeseries in steps of %s', async (granularity) => {
    const stepMs = STEPS_MS[granularity];
    const query = { scraper: series, timeWindow: '30d', granularity };

    const { rows, fromMs, toMs } = await ask('/api/metrics/timeseries', query);

    const starts = rows.map(({ timestamp }) => Date.parse(String(timestamp)));
    expect(starts[0]).toBe(Math.floor(fromMs / stepMs) * stepMs);
    expect(starts.every((start, index) => index === 0 || start - (starts[index - 1] ?? 0) === stepMs)).toBe(
      true,
    );
    const wrong = rows.flatMap((row, index) => {
      const start = starts[index] ?? 0;
      const inside = pointsIn(series, Math.max(start, fromMs), Math.min(start + stepMs, toMs));
      return differences(row, inside).map((difference) => `${String(row.timestamp)}: ${difference}`);
    });
    expect(wrong).toEqual([]);
    const total = rows.reduce((sum, { count }) => sum + Number(count), 0);
    expect(total).toBe(pointsIn(series, fromMs, toMs).length);
  });
});

describe('npm run import', () => {
  it('leaves rollups that equal a recomputation', async () => {
    await eventually(async () => expect(await auditRollups(database.db)).toEqual([]));
  });

  it('adds nothing when it is resumed after its end, and doubles nothing', async () => {
    const options = ['--source', 'resumed', '--ending-at', new Date().toISOString()];

    const first = await runImport('TravelTime_387', ...options);
    const again = await runImport('TravelTime_387', ...options);

    expect([first.code, again.code]).toEqual([0, 0]);
    expect(again.stdout).toContain('2500 rows were imported before; nothing was added');
    const { rows } = await ask('/api/metrics/stats', {
      scraper: 'resumed',
      from: new Date(Date.now() - 80 * DAY_MS).toISOString(),
    });
    expect(rows).toEqual([expect.objectContaining({ count: 2_500 })]);
  });

  it('imports the same file anew when nothing is said', async () => {
    const options = ['--source', 'twice', '--last-days', '20'];

    const runs = [
      await runImport('TravelTime_387', ...options),
      await runImport('TravelTime_387', ...options),
    ];

    const [, rowCount = ''] = /^Imported (\d+) rows/.exec(runs[0]?.stdout ?? '') ?? [];
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(await api.count('twice')).toBe(2 * Number(rowCount));
  });

  it.each([
    ['an unknown key', 1, ['--key', 'plim_x_y'], 'The server refused the import (401)'],
    ['samples older than the server keeps', 1, ['--no-shift'], 'sent as 2015-07-10T14:24:00.000Z'],
    ['a name the server refuses', 1, ['--source', 'a"b'], 'line 1, scraperSource'],
    ['a server that is not there', 1, ['--url', 'http://127.0.0.1:1'], 'No server answers'],
    ['a wrong option', 2, ['--nope'], '--help'],
  ])('ends with a clear message for %s', async (_name, code, options, message) => {
    const run = await runImport('TravelTime_387', ...options);

    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toContain(message);
  });
});
