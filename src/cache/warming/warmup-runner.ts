import { AppError } from '../../kernel/app-error.js';
import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { retry } from '../../kernel/retry.js';
import type { Logger } from '../../platform/logging/index.js';
import type { EntryOptions, Loader } from '../loading/entry-policy.js';
import type { WarmupProgress } from './warmup-run.js';
import type { WarmupContext, WarmupItem, WarmupTask } from './warmup-task.js';

const MOST_ITEMS = 10_000;
/** How long a task may take to name its values. */
const LIST_TIMEOUT_MS = 60_000;
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

/** Warms task by task, most important first, a few values at once; what fails is tried again, then reported. */
export class WarmupRunner {
  constructor(private readonly parts: RunnerParts) {}

  /** Never rejects: see the progress. */
  async run(work: WarmupWork): Promise<void> {
    for (const task of work.tasks) {
      if (work.context.signal.aborted) return;
      const items = await this.list(task, work);
      work.progress.expect(items.length);
      await this.warmAll(task, items, work);
    }
  }

  private async list(task: WarmupTask, { context, progress }: WarmupWork): Promise<readonly WarmupItem[]> {
    const ended = new AbortController();
    const timeout = this.parts.clock.sleep(LIST_TIMEOUT_MS, ended.signal).then(() => {
      throw new TaskTimeoutError(task.name);
    });
    try {
      const items = await Promise.race([task.items(context), timeout]);
      return items.slice(0, MOST_ITEMS);
    } catch (error) {
      this.parts.logger.warn('A warm-up task failed', { task: task.name, err: error });
      progress.fail({ task: task.name, key: null, code: codeOf(error) });
      return [];
    } finally {
      timeout.catch(() => undefined);
      ended.abort();
    }
  }

  private async warmAll(task: WarmupTask, items: readonly WarmupItem[], work: WarmupWork): Promise<void> {
    let next = 0;
    const warmNext = async (): Promise<void> => {
      for (let item = items[next]; item !== undefined && !work.context.signal.aborted; item = items[next]) {
        next += 1;
        await this.warmOne(task, item, work);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.parts.concurrency, items.length) }, warmNext));
  }

  private async warmOne(
    { name }: WarmupTask,
    { key, load, options }: WarmupItem,
    { context, ttlMs, progress }: WarmupWork,
  ): Promise<void> {
    const { target, clock, ids, logger } = this.parts;
    const kept = { ...options, ...(ttlMs !== undefined && { ttlMs }) };
    try {
      const { signal } = context;
      await retry(() => target.warm(key, load, kept), { ...RETRY, isRetryable, signal }, { clock, ids });
      progress.succeeded();
    } catch (error) {
      logger.warn('A value could not be warmed', { task: name, key, err: error });
      progress.fail({ task: name, key, code: codeOf(error) });
    }
  }
}

class TaskTimeoutError extends AppError {
  readonly code = 'CACHE_WARMUP_TASK_TIMEOUT';
  readonly kind = 'unavailable';

  constructor(name: string) {
    super(`Warm-up task "${name}" did not name its values within ${LIST_TIMEOUT_MS} ms.`, { name });
  }
}

/** What is wrong with the value itself stays wrong. */
function isRetryable(error: unknown): boolean {
  return !(error instanceof AppError) || error.kind === 'unavailable' || error.kind === 'limited';
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'UNEXPECTED';
}
