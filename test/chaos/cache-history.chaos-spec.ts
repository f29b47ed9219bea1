import { runHistory } from './history-run.js';

/** `npm run test:chaos` chooses; a round takes some ten seconds. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 3);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
/** The long form goes on until so many reads were judged. */
const READS = Number(process.env['CHAOS_CACHE_READS'] ?? (ROUNDS >= 20 ? 1_000_000 : 0));
const ROUND_MS = 15_000;
const LIMIT_MS = 60_000 + ROUND_MS * Math.max(ROUNDS, READS / 20_000);
/** So that rounds in which little was read do not pass for good. */
const LEAST_READS_PER_ROUND = 5_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

describe('three processes with caches on one Redis that fails', () => {
  it(
    `read nothing stale, and are never refused (${ROUNDS} rounds, ${READS} reads at least)`,
    async () => {
      const report = await runHistory({ seed: SEED, rounds: ROUNDS, leastReads: READS, isFenced: true });
      const { stories, complaints, reachedIn, ...figures } = report;
      say(`cache history: ${JSON.stringify({ ...figures, reachedIn })}`);

      expect(stories).toEqual([]);
      expect(complaints).toEqual([]);
      expect(report).toMatchObject({ stale: { everywhere: 0, later: 0 }, failed: 0, hanging: 0 });
      expect(report.reads).toBeGreaterThan(Math.max(READS, ROUNDS * LEAST_READS_PER_ROUND));
      const { everywhere = 0, later = 0 } = reachedIn['quiet'] ?? {};
      expect(everywhere).toBeGreaterThan(10);
      expect(everywhere / (everywhere + later)).toBeGreaterThanOrEqual(0.95);
    },
    LIMIT_MS,
  );

  it('read stale values without the fence (control: the checker sees them)', async () => {
    const report = await runHistory({ seed: SEED, rounds: 0, leastReads: 0, isFenced: false });
    const { reads, stale, excused } = report;
    say(`cache history without the fence: ${JSON.stringify({ reads, stale, excused })}`);

    expect(report.complaints).toEqual([]);
    expect(stale.everywhere).toBeGreaterThan(0);
  }, 60_000);
});
