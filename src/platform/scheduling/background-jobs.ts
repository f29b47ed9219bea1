import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { AppError } from '../../kernel/app-error.js';
import { Clock, type Timer } from '../../kernel/clock.js';
import { Logger } from '../logging/index.js';
import { runAs } from '../runtime/index.js';
import { type BackgroundJob, JobRecord, type JobStatus } from './background-job.js';
import { DuplicateJobError, UnknownJobError } from './errors.js';
import { JobMetrics } from './job-metrics.js';
import { Leadership } from './leadership.js';

/** How long a shutdown waits for the runs under way after their signal aborted. */
const STOP_WAIT_MS = 5_000;
const MS_PER_SECOND = 1_000;

/**
 * Runs the background jobs of this process. Features register in `onModuleInit`; runs start when the whole
 * application is up. A job never overlaps itself; a failed run is logged, counted and shown in the status,
 * and the next one comes as planned.
 */
@Injectable()
export class BackgroundJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly records = new Map<string, JobRecord>();
  private readonly timers = new Map<string, Timer>();
  private readonly stopping = new AbortController();
  private isStarted = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly leadership: Leadership,
    private readonly metrics: JobMetrics,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @throws DuplicateJobError SCHEDULER_JOB_DUPLICATE */
  register(job: BackgroundJob): void {
    if (this.records.has(job.name)) throw new DuplicateJobError(job.name);
    const record = new JobRecord(job);
    this.records.set(job.name, record);
    if (this.isStarted) this.schedule(record, job.firstDelayMs ?? job.everyMs);
  }

  /** Status of every job, in the order of registration. */
  statuses(): JobStatus[] {
    return [...this.records.values()].map((record) => {
      const { name, isLeaderOnly = false } = record.job;
      return record.status(!isLeaderOnly || this.leadership.isLeading(name));
    });
  }

  /**
   * Runs a job at once, or joins the run under way. Never rejects because the job failed: see its status.
   * @throws UnknownJobError SCHEDULER_JOB_UNKNOWN
   */
  async runNow(name: string): Promise<void> {
    const record = this.records.get(name);
    if (record === undefined) throw new UnknownJobError(name);
    await (record.running ?? this.start(record));
  }

  onApplicationBootstrap(): void {
    this.isStarted = true;
    for (const record of this.records.values()) {
      this.schedule(record, record.job.firstDelayMs ?? record.job.everyMs);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    for (const name of [...this.timers.keys()]) this.unschedule(name);
    const running = [...this.records.values()].flatMap(({ running: run }) => run ?? []);
    const waited = new AbortController();
    await Promise.race([Promise.all(running), this.clock.sleep(STOP_WAIT_MS, waited.signal)]);
    waited.abort();
    await this.leadership.stop().catch((error: unknown) => {
      // The leases then expire by themselves.
      this.logger.warn('Leases could not be given back', { err: error });
    });
  }

  private schedule(record: JobRecord, delayMs: number): void {
    const { name } = record.job;
    if (this.stopping.signal.aborted) return;
    this.unschedule(name);
    const timer = this.clock.after(delayMs, () => void this.tick(record));
    this.timers.set(name, timer);
    // Nest's registry lists what is planned in this process; the timer itself is ours.
    this.scheduler.addTimeout(name, timer);
  }

  private unschedule(name: string): void {
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
    // At shutdown Nest may have emptied its registry before.
    if (this.scheduler.doesExist('timeout', name)) this.scheduler.deleteTimeout(name);
  }

  private async tick(record: JobRecord): Promise<void> {
    const { everyMs, name, nextDelayMs } = record.job;
    if (nextDelayMs === undefined) this.schedule(record, everyMs);
    if (record.running !== undefined) {
      record.skipped += 1;
      this.metrics.skipped.increment({ job: name });
    } else {
      await this.start(record);
    }
    if (nextDelayMs !== undefined) this.schedule(record, nextDelayMs(record.lastDurationMs ?? 0));
  }

  private start(record: JobRecord): Promise<void> {
    const run = runAs({ job: record.job.name }, () => this.attempt(record)).finally(() => {
      record.running = undefined;
    });
    record.running = run;
    return run;
  }

  private async attempt(record: JobRecord): Promise<void> {
    const { job } = record;
    try {
      const signal = await this.signalFor(job);
      if (signal !== undefined && !signal.aborted) await this.measure(record, signal);
    } catch (error) {
      record.failures += 1;
      record.lastError = describe(error);
      this.metrics.failures.increment({ job: job.name });
      this.logger.error('A background job failed', { job: job.name, err: error });
    }
  }

  /** Undefined when another instance leads the job. */
  private async signalFor(job: BackgroundJob): Promise<AbortSignal | undefined> {
    if (job.isLeaderOnly !== true) return this.stopping.signal;
    const lost = await this.leadership.lead(job.name);
    return lost && AbortSignal.any([lost, this.stopping.signal]);
  }

  private async measure(record: JobRecord, signal: AbortSignal): Promise<void> {
    const startedAt = this.clock.monotonic();
    record.lastStartedAt = this.clock.now();
    record.runs += 1;
    try {
      await record.job.run(signal);
      record.lastError = null;
    } finally {
      record.lastDurationMs = this.clock.monotonic() - startedAt;
      this.metrics.runSeconds.record({ job: record.job.name }, record.lastDurationMs / MS_PER_SECOND);
    }
  }
}

/** Statuses are public, and a driver's message may name hosts, users and values: only our own is shown. */
function describe(error: unknown): string {
  return error instanceof AppError ? error.message : 'The job failed unexpectedly; the log has the reason.';
}
