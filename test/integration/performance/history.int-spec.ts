import { CountingIds } from '../../support/counting-ids.js';
import { FakeClock } from '../../support/fake-clock.js';
import { useTestDatabase } from '../../support/test-database.js';
import { sql } from '../../../src/kernel/sql.js';
import { HealthIndicators } from '../../../src/platform/health/index.js';
import { History } from '../../../src/performance/history/history.js';
import { HistorySteps } from '../../../src/performance/history/history-jobs.js';
import { HistoryPartitionRepository } from '../../../src/performance/history/history-partitions.repository.js';
import { HistoryRepository } from '../../../src/performance/history/history.repository.js';
import { Installation } from '../../../src/performance/history/installation.js';
import type { Point } from '../../../src/performance/sampling/sample.js';
import type { BackgroundJobs } from '../../../src/platform/scheduling/index.js';
import { Sampler } from '../../../src/performance/sampling/sampler.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('history of performance on PostgreSQL', () => {
  const pg = useTestDatabase();
  const clock = new FakeClock(new Date('2026-03-05T12:00:00Z'));
  const indicators = new HealthIndicators();
  let waiting: Point[] = [];
  const sampler = {
    ended: () => waiting,
    forget: (stored: readonly Point[]) => (waiting = waiting.filter((point) => !stored.includes(point))),
  } as unknown as Sampler;
  const instance = (): { readonly repository: HistoryRepository; readonly steps: HistorySteps } => {
    const repository = new HistoryRepository(pg.db, new CountingIds());
    const partitions = new HistoryPartitionRepository(pg.db);
    return { repository, steps: new HistorySteps(repository, partitions, sampler, clock) };
  };
  const minutesAgo = (minutes: number): Date => new Date(clock.now().getTime() - minutes * MINUTE_MS);
  const point = (minutes: number, value: number): Point => ({
    sampledAt: minutesAgo(minutes),
    series: { 'application.heap': [value, value - 1, value + 1, 60] },
  });
  const partitionCount = async (): Promise<number> => {
    const [row] = await pg.db.query<{ count: number }>(
      sql`SELECT count(*)::int AS count FROM pg_inherits WHERE inhparent = 'performance_points'::regclass`,
    );
    return row?.count ?? 0;
  };

  beforeAll(async () => {
    indicators.register({
      component: 'application',
      name: 'heap',
      title: 'The heap',
      unit: 'ratio',
      knots: { good: 10, bad: 500, weight: 30, scale: 'linear' },
      advice: '',
      runbook: '',
      read: () => ({ kind: 'insufficient' }),
    });
    await instance().steps.keepPartitions();
    waiting = Array.from({ length: 180 }, (_, index) => point(180 - index, index));
    await instance().steps.store();
    await instance().steps.rollUp();
  });

  it('gives minutes back as they were sampled, and forgets what was stored', async () => {
    const { repository } = instance();
    const history = await new History(repository, indicators, clock).report({ durationMinutes: 60 });

    expect(waiting).toEqual([]);
    expect(history).toMatchObject({ stepMinutes: 1, resolutionMinutes: 1, instances: 1 });
    expect(history.at).toHaveLength(60);
    expect(history.series['application.heap']?.mean.slice(0, 3)).toEqual([120, 121, 122]);
    expect(history.series['application.heap']?.least.at(-1)).toBe(178);
    expect(history.series['application.heap']?.greatest.at(-1)).toBe(180);
  });

  it('adds minutes up to coarser steps, alike from minutes and from rolled up points', async () => {
    const history = new History(instance().repository, indicators, clock);
    const fine = await history.report({ durationMinutes: 120, stepMinutes: 4 });
    const coarse = await history.report({ durationMinutes: 120, stepMinutes: 60 });

    expect(fine).toMatchObject({ resolutionMinutes: 1, stepMinutes: 4 });
    expect(coarse).toMatchObject({ resolutionMinutes: 60, stepMinutes: 60 });
    expect(fine.series['application.heap']?.mean[0]).toBe(61.5);
    expect(coarse.series['application.heap']).toEqual({
      mean: [89.5, 149.5],
      least: [59, 119],
      greatest: [120, 180],
    });
  });

  it('rolls up again what an instance told late', async () => {
    const { repository, steps } = instance();
    await steps.rollUp();
    const late: Point = {
      sampledAt: minutesAgo(119),
      series: { 'application.heap': [1_000, 1_000, 1_000, 60] },
    };
    await new HistoryRepository(pg.db, new CountingIds('late')).store([late], 2);
    await steps.rollUp();
    const history = new History(repository, indicators, clock);

    const report = await history.report({ durationMinutes: 120, stepMinutes: 60 });
    const alone = await history.report({ durationMinutes: 120, stepMinutes: 60, instanceId: 'late' });

    expect(report.series['application.heap']?.greatest[0]).toBe(1_000);
    expect(report.instances).toBe(2);
    expect(alone.series['application.heap']?.mean).toEqual([1_000]);
    expect(report.byInstance.map(({ instanceId }) => instanceId)).toEqual(expect.arrayContaining(['late']));
    expect(alone.byInstance).toMatchObject([
      { instanceId: 'late', series: { 'application.heap': [1_000, 1_000, 1_000, 60] } },
    ]);
  });

  it('says where an indicator goes, and when it gets there', async () => {
    const { trends } = await new History(instance().repository, indicators, clock).report({
      durationMinutes: 60,
    });

    expect(trends).toMatchObject([
      { series: 'application.heap', limit: 500, hoursToLimit: expect.any(Number) as number },
    ]);
    expect(trends[0]?.slopePerHour).toBeCloseTo(60, 6);
    expect(trends[0]?.message).toBe('The heap rises by 6000 % an hour and is at 50000 % in about 5 h.');
  });

  it('keeps in mind how all instances do together, and each of them', async () => {
    const { repository } = instance();
    const now = (score: number): Point => ({
      sampledAt: minutesAgo(1),
      series: { 'overall.score': [score, score - 10, score + 10, 60] },
    });
    await new HistoryRepository(pg.db, new CountingIds('one')).store([now(90)], 2);
    await new HistoryRepository(pg.db, new CountingIds('other')).store([now(50)], 2);
    const jobs = { register: () => undefined } as unknown as BackgroundJobs;
    const installation = new Installation(
      repository,
      new History(repository, indicators, clock),
      jobs,
      clock,
    );

    await installation.look();

    const { at, instances, recent } = installation.latest();
    expect(at).toEqual(clock.now());
    expect(
      instances
        .map(({ score }) => score)
        .filter(Number.isFinite)
        .sort(),
    ).toEqual([50, 90]);
    expect(recent['overall.score']).toEqual([70, 40, 100, 120]);
  });

  it('answers an empty past with nothing', async () => {
    const history = new History(instance().repository, indicators, clock);

    const report = await history.report({ durationMinutes: 60, instanceId: 'nobody' });

    expect(report).toMatchObject({ at: [], series: {}, trends: [], instances: 0, byInstance: [] });
  });

  it('drops whole partitions once all their rows have expired', async () => {
    const before = await partitionCount();
    const { steps, repository } = instance();

    await clock.advance(15 * DAY_MS);
    await steps.keepPartitions();

    expect(await partitionCount()).toBe(before);
    const history = await new History(repository, indicators, clock).report({ durationMinutes: 20 * 1_440 });
    expect(history.at.length).toBeGreaterThan(0);

    await clock.advance(110 * DAY_MS);
    await steps.keepPartitions();

    const [row] = await pg.db.query<{ count: number }>(
      sql`SELECT count(*)::int AS count FROM performance_points`,
    );
    expect(row?.count).toBe(0);
  });
});
