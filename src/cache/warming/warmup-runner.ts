import { AppError } from '../../kernel/app-error.js';
import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { retry } from '../../kernel/retry.js';
import type { Logger } from '../../platform/logging/index.js';
import { keyShape } from '../keys.js';
import type { EntryOptions, Loader } from '../loading/entry-policy.js';
import { failureCode, type WarmupProgress } from './warmup-run.js';
import type { WarmupContext, WarmupItem, WarmupTask } from './warmup-task.js';

const MOST_ITEMS = 10_000;
const TASK_TIMEOUT_MS = 5 * 60_000;
const RETRY = { firstDelayMs: 100, maxDelayMs: 2_000, deadlineMs: 5_000 };

/** Where warmed values go: the cache. */
export interface WarmTarget {
  /** Loads a value ahead of its readers, unless it is young. */
  warm(key: string, load: Loader<unknown>, options?: EntryOptions): Promise<void>;
}

/** What WarmupRunner is made of. */
export interface RunnerParts {
  readonly target: WarmTarget;
  /** Values loaded at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** What is to be done. */
export interface WarmupWork {
  readonly tasks: readonly WarmupTask[];
  readonly context: WarmupContext;
  /** In place of the options' own TTL. */
  readonly ttlMs: number | undefined;
  readonly progress: WarmupProgress;
}

/** A task that is being run, and the moment on the monotonic clock at which it must have ended. */
interface Timed {
  readonly task: WarmupTask;
  readonly untilMs: number;
}

/** Warms task by task, most important first, a few values at once; what fails is tried again, then reported. */
export class WarmupRunner {
  constructor(private readonly parts: RunnerParts) {}

  /** Never rejects: see the progress. */
  async run(work: WarmupWork): Promise<void> {
    for (const task of work.tasks) {
      if (work.context.signal.aborted) return;
      const timed = { task, untilMs: this.parts.clock.monotonic() + timeoutOf(task) };
      const items = await this.list(timed, work);
      work.progress.expect(items.length);
      await this.warmAll(timed, items, work);
    }
  }

  private async list({ task }: Timed, { context, progress }: WarmupWork): Promise<readonly unknown[]> {
    const ended = new AbortController();
    const timeout = this.parts.clock.sleep(timeoutOf(task), ended.signal).then(() => {
      throw new TaskTimeoutError(task);
    });
    try {
      const items: unknown = await Promise.race([task.items(context), timeout]);
      if (!Array.isArray(items)) throw new WarmupItemError(task);
      return items.slice(0, MOST_ITEMS) as unknown[];
    } catch (error) {
      this.parts.logger.warn('A warm-up task failed', { task: task.name, err: error });
      progress.expect(1);
      progress.fail({ task: task.name, key: null, code: failureCode(error) });
      return [];
    } finally {
      timeout.catch(() => undefined);
      ended.abort();
    }
  }

  private async warmAll(timed: Timed, items: readonly unknown[], work: WarmupWork): Promise<void> {
    const { clock, logger, concurrency } = this.parts;
    const { signal } = work.context;
    let next = 0;
    const warmNext = async (): Promise<void> => {
      while (next < items.length && !signal.aborted) {
        if (clock.monotonic() >= timed.untilMs) return;
        const item = items[next];
        next += 1;
        await this.warmOne(timed, item, work);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, warmNext));
    const left = items.length - next;
    if (left === 0 || signal.aborted) return;
    const { name } = timed.task;
    const error = new TaskTimeoutError(timed.task);
    logger.warn('A warm-up task took too long', { task: name, left, err: error });
    work.progress.fail({ task: name, key: null, code: error.code }, left);
  }

  private async warmOne(
    { task, untilMs }: Timed,
    item: unknown,
    { context, ttlMs, progress }: WarmupWork,
  ): Promise<void> {
    const { target, clock, ids, logger } = this.parts;
    let name: string | null = null;
    try {
      if (!isItem(item)) throw new WarmupItemError(task);
      const { key, load, options } = item;
      name = key;
      const kept = { ...options, ...(ttlMs !== undefined && { ttlMs }) };
      const { signal } = context;
      const deadlineMs = Math.min(RETRY.deadlineMs, untilMs - clock.monotonic());
      const tries = { ...RETRY, deadlineMs, isRetryable, signal };
      await retry(() => target.warm(key, load, kept), tries, { clock, ids });
      progress.succeeded();
    } catch (error) {
      logger.warn('A value could not be warmed', { task: task.name, key: name, err: error });
      const key = name === null ? null : keyShape(name);
      progress.fail({ task: task.name, key, code: failureCode(error) });
    }
  }
}

/** Shown in the status of the run. */
class WarmupItemError extends AppError {
  readonly code = 'CACHE_WARMUP_ITEM_INVALID';
  readonly kind = 'internal';

  constructor({ name }: WarmupTask) {
    super(
      `Warm-up task "${name}" gave something that cannot be warmed. ` +
        'Its items must be a list of objects with a key and a load function.',
      { name },
    );
  }
}

class TaskTimeoutError extends AppError {
  readonly code = 'CACHE_WARMUP_TASK_TIMEOUT';
  readonly kind = 'unavailable';

  constructor(task: WarmupTask) {
    const [name, timeoutMs] = [task.name, timeoutOf(task)];
    super(
      `Warm-up task "${name}" did not end within ${timeoutMs} ms. ` +
        'Its source may be slow: let it warm less, or raise its timeoutMs.',
      { name, timeoutMs },
    );
  }
}

function timeoutOf({ timeoutMs = TASK_TIMEOUT_MS }: WarmupTask): number {
  return timeoutMs;
}

/** Programs in JavaScript may give anything. */
function isItem(item: unknown): item is WarmupItem {
  if (typeof item !== 'object' || item === null) return false;
  const { key, load } = item as Partial<WarmupItem>;
  return typeof key === 'string' && typeof load === 'function';
}

/** What is wrong with the value itself stays wrong. */
function isRetryable(error: unknown): boolean {
  return !(error instanceof AppError) || error.kind === 'unavailable' || error.kind === 'limited';
}
