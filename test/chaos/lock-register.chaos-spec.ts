import { useTestDatabase } from '../support/test-database.js';
import { LockRegisterRun, type RegisterReport, type RegisterRunOptions } from './lock-register-run.js';

/** `npm run test:chaos` chooses; see cache-history.chaos-spec.ts. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 3);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const IS_LONG = ROUNDS >= 20;
const LIMIT_MS = IS_LONG ? 1_800_000 : 120_000;
const SHORT_TTLS = { shortestTtlMs: 200, longestTtlMs: 500 };
/** No process of a busy machine stands still for as long. */
const LONG_TTLS = { shortestTtlMs: 5_000, longestTtlMs: 5_000 };

describe('registers incremented under locks by three processes', () => {
  const database = useTestDatabase();

  async function run(what: string, options: Omit<RegisterRunOptions, 'seed'>): Promise<RegisterReport> {
    const report = await LockRegisterRun.run({ seed: SEED, ...options }, database);
    process.stderr.write(`lock register: ${JSON.stringify({ what, ...report })}\n`);
    return report;
  }

  it.each([
    { what: 'one Redis', masters: 1, killed: 0, leastUpdates: IS_LONG ? 50_000 : 1_000 },
    { what: 'five masters, two killed', masters: 5, killed: 2, leastUpdates: IS_LONG ? 10_000 : 1_000 },
  ])(
    'lose no acknowledged update when holders are stopped: $what',
    async ({ what, ...options }) => {
      const report = await run(what, { ...options, ...SHORT_TTLS, isFenced: true, leastStops: 10 });

      expect(report).toMatchObject({ lost: 0, vanished: 0, complaints: [] });
      expect(report.acknowledged).toBeGreaterThanOrEqual(options.leastUpdates);
      const { LOCK_FENCED: fenced = 0, ...others } = report.refused;
      expect(Object.keys(others).filter((code) => code !== 'LOCK_LOST')).toEqual([]);
      // Whoever was stopped between its read and its write was refused.
      expect(fenced).toBeGreaterThanOrEqual(report.stopsAfterRead);
    },
    LIMIT_MS,
  );

  it(
    'lose some without the fence (control: the stops are in the right place)',
    async () => {
      const options = { masters: 1, killed: 0, isFenced: false, leastUpdates: 0, leastStops: 5 };
      const report = await run('without the fence', { ...options, ...SHORT_TTLS });

      expect(report).toMatchObject({ vanished: 0, complaints: [] });
      expect(report.lost).toBeGreaterThanOrEqual(report.stopsAfterRead);
    },
    LIMIT_MS,
  );

  it(
    'get every lock while two of five masters are killed, and need no fence while nobody is stopped',
    async () => {
      const options = { masters: 5, killed: 2, isFenced: false, leastUpdates: IS_LONG ? 10_000 : 2_000 };
      const report = await run('without a stop', { ...options, ...LONG_TTLS, leastStops: 0 });

      expect(report).toMatchObject({ lost: 0, vanished: 0, refused: {}, killed: 2, complaints: [] });
      expect(report.acknowledged).toBe(report.acquired);
    },
    LIMIT_MS,
  );
});
