import { FakeClock } from '../../../test/support/fake-clock.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import { BatchMetrics } from '../batch-metrics.js';
import { BackPressure } from './back-pressure.js';
import { PressureRepository, type ServerPressure } from './pressure.repository.js';

const IDLE: ServerPressure = { replicationLagMs: 0, lockWaits: 0 };

/** Figures of a server that a test makes up. */
class FakeRepository extends PressureRepository {
  reads = 0;
  figures: ServerPressure | Error = IDLE;
  waits = 0;

  override get poolWaits(): number {
    return this.waits;
  }

  override read(): Promise<ServerPressure> {
    this.reads += 1;
    return this.figures instanceof Error ? Promise.reject(this.figures) : Promise.resolve(this.figures);
  }
}

function setUp(figures: ServerPressure | Error = IDLE, maxRssBytes = Infinity) {
  const repository = new FakeRepository(undefined as never);
  repository.figures = figures;
  const [clock, metrics] = [new FakeClock(), new BatchMetrics(new MetricRegistry())];
  const pressure = new BackPressure(
    { retentionDays: 30, workers: 1, maxRssBytes },
    repository,
    metrics,
    clock,
  );
  return { repository, clock, metrics, pressure };
}

describe('BackPressure', () => {
  it.each([
    [{ ...IDLE, replicationLagMs: 10_001 }, 'replication-lag'],
    [{ ...IDLE, replicationLagMs: 10_000 }, undefined],
    [{ ...IDLE, lockWaits: 21 }, 'lock-waits'],
    [{ ...IDLE, lockWaits: 20 }, undefined],
  ] as const)('of %j is %s', async (figures, reason) => {
    expect((await setUp(figures).pressure.check())?.reason).toBe(reason);
  });

  it('is there while the process has more memory than it may, and the server is not asked', async () => {
    const { pressure, repository } = setUp(IDLE, 1);

    expect(await pressure.check()).toMatchObject({
      reason: 'rss',
      detail: expect.stringMatching(/^\d+ bytes$/),
    });
    expect(repository.reads).toBe(0);
  });

  it('is there while many wait for a connection, and takes none itself', async () => {
    const { pressure, repository } = setUp();

    repository.waits = 11;
    expect(await pressure.check()).toEqual({ reason: 'pool-wait', detail: '11 callers' });
    expect(repository.reads).toBe(0);
    repository.waits = 10;
    expect(await pressure.check()).toBeUndefined();
  });

  it('asks the server once a second, for all workers', async () => {
    const { pressure, repository, clock } = setUp();

    await Promise.all([pressure.check(), pressure.check()]);
    await clock.advance(999);
    await pressure.check();
    expect(repository.reads).toBe(1);
    await clock.advance(1);
    await pressure.check();
    expect(repository.reads).toBe(2);
  });

  it('is over, and a failure, when the server does not answer', async () => {
    const { pressure, repository, clock, metrics } = setUp({ ...IDLE, lockWaits: 99 });
    expect(await pressure.check()).toMatchObject({ reason: 'lock-waits' });

    repository.figures = new TypeError('no server');
    await clock.advance(1_000);

    expect(await pressure.check()).toBeUndefined();
    expect(metrics.errors.samples()).toEqual([{ labels: { where: 'pressure' }, value: 1 }]);
  });
});
