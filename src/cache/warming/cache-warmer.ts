import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import type { Logger } from '../../platform/logging/index.js';
import type { RedisLink } from '../../platform/redis/index.js';
import { CacheOptionError } from '../errors.js';
import { LoginWarmups } from './login-warmups.js';
import {
  isWarmingStrategy,
  RECENT_MS,
  STRATEGY_TTL_MS,
  WARMING_STRATEGIES,
  type WarmingStrategy,
} from './strategies.js';
import type { WarmupBoard } from './warmup-board.js';
import type { WarmupMetrics } from './warmup-metrics.js';
import type { WarmupRegistry } from './warmup-registry.js';
import { failureCode, type WarmupRun, WarmupProgress } from './warmup-run.js';
import type { WarmupRunner } from './warmup-runner.js';
import type { WarmupContext, WarmupTask } from './warmup-task.js';

/** How often a run tells the others how far it is. */
const TELL_MS = 1_000;
const STOP_WAIT_MS = 2_000;

/** The run under way, or the last one; null when there was none. */
export interface WarmupStatus {
  readonly state: WarmupRun['state'] | 'idle';
  readonly run: WarmupRun | null;
}

/** What CacheWarmer is made of. */
export interface WarmerParts {
  readonly registry: WarmupRegistry;
  readonly runner: WarmupRunner;
  readonly board: WarmupBoard;
  readonly redis: RedisLink;
  readonly metrics: WarmupMetrics;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** A run of this process, unless `taken` says that another instance was first. */
interface OwnRun {
  readonly progress: WarmupProgress;
  readonly taken: Promise<WarmupRun | undefined>;
  readonly ended: Promise<void>;
}

/**
 * Fills the cache ahead of its readers: on demand, at start, and when a tenant comes back. One run at a time over all
 * instances; a second one answers the first. Without Redis each instance has its own.
 */
export class CacheWarmer {
  private current: OwnRun | undefined;
  private last: WarmupProgress | undefined;
  private readonly stopping = new AbortController();
  private readonly logins: LoginWarmups;

  constructor(private readonly parts: WarmerParts) {
    this.logins = new LoginWarmups(parts.clock, this.stopping.signal, (tenantId) => this.warmFor(tenantId));
  }

  /** What there is to warm. */
  get registry(): WarmupRegistry {
    return this.parts.registry;
  }

  /**
   * Begins a run, or answers the one under way here or on another instance.
   * @throws CacheOptionError CACHE_OPTION_INVALID: there is no such strategy
   */
  async start(strategy: WarmingStrategy): Promise<WarmupRun> {
    if (!isWarmingStrategy(strategy))
      throw new CacheOptionError('strategy', `must be one of ${WARMING_STRATEGIES.join(', ')}`);
    const run = this.current ?? this.begin(strategy);
    const other = await run.taken;
    return other ?? run.progress.show(this.parts.clock.monotonic());
  }

  /** Of the run under way, else the last one, wherever it ran. */
  async status(): Promise<WarmupStatus> {
    const own = (this.current?.progress ?? this.last)?.show(this.parts.clock.monotonic());
    const run = own?.state === 'running' ? own : newerOf(own, await this.latestShown());
    return { state: run?.state ?? 'idle', run: run ?? null };
  }

  /**
   * Somebody of a tenant is here; after a while of absence what the tenant needs is warmed, behind. Call it with each
   * request: it costs a look-up.
   */
  noteActivity(tenantId: string): void {
    this.logins.note(tenantId);
  }

  /** Ends what runs, within a bound. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const waited = new AbortController();
    await Promise.race([this.current?.ended, this.parts.clock.sleep(STOP_WAIT_MS, waited.signal)]);
    waited.abort();
  }

  /** What other instances see; nothing while Redis is away. */
  private async latestShown(): Promise<WarmupRun | undefined> {
    const { redis, board } = this.parts;
    return redis.state === 'connected' ? board.latest().catch(() => undefined) : undefined;
  }

  private async warmFor(tenantId: string): Promise<void> {
    const tasks = this.parts.registry.loginTasks();
    if (tasks.length === 0) return;
    const progress = this.progressOf('CRITICAL_ONLY');
    const context = { ...this.contextOf('CRITICAL_ONLY'), tenantId };
    this.parts.metrics.count('login', await this.warm(() => tasks, context, progress));
  }

  private begin(strategy: WarmingStrategy): OwnRun {
    const progress = this.progressOf(strategy);
    const taken = this.take(progress);
    const ended = taken
      .then((other) => (other === undefined ? this.run(strategy, progress) : undefined))
      .finally(() => {
        this.current = undefined;
      });
    this.current = { progress, taken, ended };
    return this.current;
  }

  private async take(progress: WarmupProgress): Promise<WarmupRun | undefined> {
    const { redis, board, clock, logger } = this.parts;
    if (redis.state !== 'connected') return undefined;
    try {
      const other = await board.take({ ...progress.show(clock.monotonic()), isShared: true });
      progress.shared(other === undefined);
      return other;
    } catch (error) {
      logger.warn('A warm-up runs without telling other instances: Redis does not answer', { err: error });
      return undefined;
    }
  }

  private async run(strategy: WarmingStrategy, progress: WarmupProgress): Promise<void> {
    const { registry, logger, metrics } = this.parts;
    this.last = progress;
    logger.info('A warm-up began', { strategy });
    const stopTelling = this.keepTelling(progress);
    const run = await this.warm(() => registry.tasksOf(strategy), this.contextOf(strategy), progress);
    stopTelling();
    metrics.count('run', run);
    logger.info('A warm-up ended', { ...run });
    await this.tell(progress);
  }

  /** Never rejects, and always ends: a run that seems to go on would keep every later one from beginning. */
  private async warm(
    tasksOf: () => readonly WarmupTask[],
    context: WarmupContext,
    progress: WarmupProgress,
  ): Promise<WarmupRun> {
    const { strategy } = context;
    try {
      await this.parts.runner.run({ tasks: tasksOf(), context, ttlMs: STRATEGY_TTL_MS[strategy], progress });
    } catch (error) {
      // A task that was changed after it was registered, for one.
      this.parts.logger.error('A warm-up broke off', { strategy, err: error });
      progress.expect(1);
      progress.fail({ task: '*', key: null, code: failureCode(error) });
    }
    progress.finish(this.parts.clock.now(), this.stopping.signal.aborted);
    return progress.show(this.parts.clock.monotonic());
  }

  private keepTelling(progress: WarmupProgress): () => void {
    const { clock } = this.parts;
    const tell = (): void => {
      timer = clock.after(TELL_MS, tell);
      void this.tell(progress);
    };
    let timer = clock.after(TELL_MS, tell);
    return () => timer.cancel();
  }

  /** The run itself does not depend on it, and the next second tells again. */
  private async tell(progress: WarmupProgress): Promise<void> {
    const { redis, board, clock, metrics, logger } = this.parts;
    if (redis.state === 'absent') return;
    const run = progress.show(clock.monotonic());
    const isTold =
      redis.state === 'connected' && (await board.update({ ...run, isShared: true }).catch(() => false));
    progress.shared(isTold);
    if (isTold) return;
    metrics.countUntold();
    if (run.isShared)
      logger.warn('Other instances no longer see the warm-up of this one', { runId: run.runId });
  }

  private progressOf(strategy: WarmingStrategy): WarmupProgress {
    const { clock, ids } = this.parts;
    return new WarmupProgress({
      runId: ids.token(16),
      strategy,
      startedAt: clock.now(),
      startedAtMs: clock.monotonic(),
    });
  }

  private contextOf(strategy: WarmingStrategy): WarmupContext {
    const since =
      strategy === 'RECENT_DATA' ? new Date(this.parts.clock.now().getTime() - RECENT_MS) : undefined;
    return { strategy, since, tenantId: undefined, signal: this.stopping.signal };
  }
}

/** Redis may remember an older run than the one that this instance made without it. */
function newerOf(own: WarmupRun | undefined, other: WarmupRun | undefined): WarmupRun | undefined {
  if (own === undefined || other === undefined) return own ?? other;
  return other.runId !== own.runId && other.startedAt > own.startedAt ? other : own;
}
