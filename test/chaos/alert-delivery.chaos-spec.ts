import { useTestDatabase } from '../support/test-database.js';
import { AlertDeliveryRun, type DeliveryReport, type DeliveryRunOptions } from './alert-delivery-run.js';

/** `npm run test:chaos` chooses; see cache-history.chaos-spec.ts. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 3);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const IS_LONG = ROUNDS >= 20;
const LIMIT_MS = IS_LONG ? 1_800_000 : 240_000;

describe('alerts told by two processes that are killed', () => {
  const database = useTestDatabase({ isServed: true });

  async function run(options: Omit<DeliveryRunOptions, 'seed'>): Promise<DeliveryReport> {
    const report = await AlertDeliveryRun.run({ seed: SEED, ...options }, database);
    process.stderr.write(`alert delivery: ${JSON.stringify({ isCareful: options.isCareful, ...report })}\n`);
    return report;
  }

  it(
    'are told once and in order, however often a process dies',
    async () => {
      const transitions = IS_LONG ? 10_000 : 1_500;
      const report = await run({ transitions, kills: IS_LONG ? 25 : 3, isCareful: true });

      expect(report).toMatchObject({
        lost: 0,
        invented: 0,
        duplicates: 0,
        unexplained: 0,
        misordered: 0,
        complaints: [],
      });
      expect(report.committed).toBeGreaterThanOrEqual(transitions);
      expect(report.told + report.collapsed).toBe(report.committed);
      expect(report.told).toBeGreaterThan(transitions / 4);
    },
    LIMIT_MS,
  );

  it(
    'are told twice and in disorder without lease and order (control: the judge sees it)',
    async () => {
      const report = await run({ transitions: 600, kills: 1, isCareful: false });

      expect(report.unexplained).toBeGreaterThan(0);
      expect(report.misordered).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
