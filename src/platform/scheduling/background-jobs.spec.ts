import { SchedulerRegistry } from '@nestjs/schedule';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { DatabaseUnavailableError } from '../database/index.js';
import { type LogFields, Logger } from '../logging/index.js';
import { MetricRegistry, snapshotMetrics } from '../telemetry/index.js';
import type { BackgroundJob } from './background-job.js';
import { BackgroundJobs } from './background-jobs.js';
import { JobMetrics } from './job-metrics.js';
import { Leadership } from './leadership.js';
import type { LeaseRepository } from './lease.repository.js';

class SilentLogger extends Logger {
  readonly errors: LogFields[] = [];
  fatal(): void {}
  warn(): void {}
  info(): void {}
  debug(): void {}
  error(_message: string, fields: LogFields = {}): void {
    this.errors.push(fields);
  }
}

/** Leases as the table keeps them, on the fake clock. */
class MemoryLeases implements Pick<LeaseRepository, 'acquireOrRenew' | 'releaseAll'> {
  owner: string | undefined;
  isBroken = false;
  expiresAtMs = 0;

  constructor(private readonly clock: FakeClock) {}

  acquireOrRenew(_job: string, owner: string, ttlMs: number): Promise<boolean> {
    if (this.isBroken) return Promise.reject(new TypeError('no database'));
    const isFree =
      this.owner === undefined || this.owner === owner || this.clock.monotonic() >= this.expiresAtMs;
    if (isFree) Object.assign(this, { owner, expiresAtMs: this.clock.monotonic() + ttlMs });
    return Promise.resolve(isFree);
  }

  releaseAll(owner: string): Promise<void> {
    if (this.owner === owner) this.owner = undefined;
    return Promise.resolve();
  }
}

function instance(name: string, clock: FakeClock, leases: MemoryLeases) {
  const registry = new MetricRegistry();
  const logger = new SilentLogger();
  const leadership = new Leadership(
    leases as unknown as LeaseRepository,
    clock,
    new CountingIds(name),
    logger,
  );
  const scheduler = new SchedulerRegistry();
  const jobs = new BackgroundJobs(scheduler, leadership, new JobMetrics(registry), clock, logger);
  return { jobs, logger, registry, scheduler };
}

function setUp() {
  const clock = new FakeClock();
  const leases = new MemoryLeases(clock);
  return { clock, leases, ...instance('a', clock, leases) };
}

/** A job whose runs end when told. */
function manualJob(name = 'manual', options: Partial<BackgroundJob> = {}) {
  const ends: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const run = (signal: AbortSignal): Promise<void> => {
    signals.push(signal);
    return new Promise((resolve) => ends.push(resolve));
  };
  return { ends, signals, job: { name, everyMs: 1_000, run, ...options } };
}

const UNFORESEEN = 'The job failed unexpectedly; the log has the reason.';

describe('BackgroundJobs', () => {
  it('runs a job once a period, from the start of the application on', async () => {
    const { clock, jobs, scheduler } = setUp();
    let runs = 0;
    jobs.register({ name: 'count', everyMs: 1_000, run: () => Promise.resolve(void (runs += 1)) });
    await clock.advance(5_000);
    expect(runs).toBe(0);

    jobs.onApplicationBootstrap();
    await clock.advance(3_500);

    expect(runs).toBe(3);
    expect(scheduler.getTimeouts()).toEqual(['count']);
    expect(jobs.statuses()).toMatchObject([
      { name: 'count', runs: 3, failures: 0, skipped: 0, isLeader: true },
    ]);
  });

  it('leaves runs out while the previous one is busy', async () => {
    const { clock, jobs, registry } = setUp();
    const { ends, job } = manualJob();
    jobs.register(job);
    jobs.onApplicationBootstrap();

    await clock.advance(3_000);
    ends[0]?.();
    await clock.advance(1_000);

    expect(jobs.statuses()).toMatchObject([{ runs: 2, skipped: 2, isRunning: true }]);
    expect(snapshotMetrics(registry).counters[1]?.series).toEqual([{ labels: { job: 'manual' }, value: 2 }]);
  });

  it('shows a failure in log, counter and status, and runs on', async () => {
    const { clock, jobs, logger } = setUp();
    let runs = 0;
    const run = (): Promise<void> =>
      ++runs === 1 ? Promise.reject(new TypeError('broken')) : Promise.resolve();
    jobs.register({ name: 'flaky', everyMs: 1_000, run });
    jobs.onApplicationBootstrap();

    await clock.advance(1_000);
    expect(jobs.statuses()).toMatchObject([{ failures: 1, lastError: UNFORESEEN }]);
    expect(logger.errors).toMatchObject([{ job: 'flaky' }]);

    await clock.advance(1_000);
    expect(jobs.statuses()).toMatchObject([{ runs: 2, failures: 1, lastError: null }]);
  });

  it('shows the message of our own errors, and never that of a driver', async () => {
    const { jobs } = setUp();
    const failures = [new DatabaseUnavailableError('ECONNREFUSED'), new TypeError('password=hidden')];
    const run = (): Promise<void> => Promise.reject(failures.shift() ?? new TypeError('no more'));
    jobs.register({ name: 'fails', everyMs: 1_000, run });

    await jobs.runNow('fails');
    const [own] = jobs.statuses();
    await jobs.runNow('fails');
    const [foreign] = jobs.statuses();

    expect(own?.lastError).toContain('The database did not answer: ECONNREFUSED');
    expect(foreign?.lastError).toBe(UNFORESEEN);
  });

  it('counts a synchronous throw as a failure too', async () => {
    const { jobs } = setUp();
    jobs.register({
      name: 'throws',
      everyMs: 1_000,
      run: () => {
        throw new TypeError('at once');
      },
    });

    await jobs.runNow('throws');

    expect(jobs.statuses()).toMatchObject([{ failures: 1, lastError: UNFORESEEN }]);
  });

  it('lets a job choose its next delay from the last duration', async () => {
    const { clock, jobs } = setUp();
    const delays: number[] = [];
    const job: BackgroundJob = {
      name: 'adaptive',
      everyMs: 1_000,
      firstDelayMs: 10,
      nextDelayMs: (lastMs) => (delays.push(lastMs), 5_000),
      run: () => clock.sleep(300),
    };
    jobs.register(job);
    jobs.onApplicationBootstrap();

    await clock.advance(5_310);

    expect(delays).toEqual([300]);
    expect(jobs.statuses()).toMatchObject([{ runs: 2 }]);
  });

  it('joins the run under way when asked to run now', async () => {
    const { jobs, clock } = setUp();
    const { ends, job } = manualJob();
    jobs.register(job);
    const both = Promise.all([jobs.runNow('manual'), jobs.runNow('manual')]);
    await clock.advance(0);

    ends[0]?.();
    await both;

    expect(jobs.statuses()).toMatchObject([{ runs: 1 }]);
  });

  it('refuses two jobs of one name, and to run one that is not there', async () => {
    const { jobs } = setUp();
    jobs.register(manualJob('same').job);

    expect(() => jobs.register(manualJob('same').job)).toThrow('registered twice');
    await expect(jobs.runNow('other')).rejects.toMatchObject({ code: 'SCHEDULER_JOB_UNKNOWN' });
  });

  it('tells running jobs to stop at shutdown, waits for them, and starts nothing any more', async () => {
    const { clock, jobs } = setUp();
    const { ends, job, signals } = manualJob();
    jobs.register(job);
    jobs.onApplicationBootstrap();
    await clock.advance(1_000);

    const stopped = jobs.beforeApplicationShutdown();
    expect(signals[0]?.aborted).toBe(true);
    ends[0]?.();
    await stopped;
    await clock.advance(10_000);

    expect(jobs.statuses()).toMatchObject([{ runs: 1, isRunning: false }]);
    expect(clock.pending).toBe(0);
  });

  it('does not wait for ever for a job that ignores its signal', async () => {
    const { clock, jobs } = setUp();
    jobs.register(manualJob().job);
    jobs.onApplicationBootstrap();
    await clock.advance(1_000);

    const stopped = jobs.beforeApplicationShutdown();
    await clock.advance(5_000);

    await expect(stopped).resolves.toBeUndefined();
  });
});

describe('leader-only jobs', () => {
  function twoInstances() {
    const clock = new FakeClock();
    const leases = new MemoryLeases(clock);
    const [a, b] = [instance('a', clock, leases), instance('b', clock, leases)];
    const counts = { a: 0, b: 0 };
    for (const [name, { jobs }] of [
      ['a', a],
      ['b', b],
    ] as const) {
      const run = (): Promise<void> => Promise.resolve(void (counts[name] += 1));
      jobs.register({ name: 'lead', everyMs: 60_000, isLeaderOnly: true, run });
      jobs.onApplicationBootstrap();
    }
    return { clock, leases, a, b, counts };
  }

  it('run on one instance, which stays the leader between runs that are far apart', async () => {
    const { clock, a, b, counts } = twoInstances();

    await clock.advance(600_000);

    expect(counts).toEqual({ a: 10, b: 0 });
    expect(a.jobs.statuses()).toMatchObject([{ isLeader: true }]);
    expect(b.jobs.statuses()).toMatchObject([{ isLeader: false, runs: 0, skipped: 0 }]);
  });

  it('move to another instance when the leader stops', async () => {
    const { clock, a, counts } = twoInstances();
    await clock.advance(60_000);

    await a.jobs.beforeApplicationShutdown();
    await clock.advance(60_000);

    expect(counts).toEqual({ a: 1, b: 1 });
  });

  it('stop when the lease cannot be renewed before it expires', async () => {
    const { clock, jobs, leases } = setUp();
    const { job, signals } = manualJob('lead', { isLeaderOnly: true });
    jobs.register(job);
    void jobs.runNow('lead');
    await clock.advance(0);

    leases.isBroken = true;
    await clock.advance(14_999);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1);

    expect(signals[0]?.aborted).toBe(true);
    expect(jobs.statuses()).toMatchObject([{ isLeader: false }]);
  });

  it('stay with the leader through a short failure of the database', async () => {
    const { clock, jobs, leases } = setUp();
    const { job, signals } = manualJob('lead', { isLeaderOnly: true });
    jobs.register(job);
    void jobs.runNow('lead');
    await clock.advance(0);

    leases.isBroken = true;
    await clock.advance(10_000);
    leases.isBroken = false;
    await clock.advance(60_000);

    expect(signals[0]?.aborted).toBe(false);
  });
});
