import { AppError } from '../../kernel/app-error.js';
import type { WarmingStrategy } from './strategies.js';
import type { WarmupItem, WarmupTask } from './warmup-task.js';

/** Two modules registered the same name: a fault of the program. */
export class DuplicateWarmupTaskError extends AppError {
  readonly code = 'CACHE_WARMUP_TASK_DUPLICATE';
  readonly kind = 'internal';

  constructor(name: string) {
    super(`Warm-up task "${name}" is registered already. Give each task a name of its own.`, { name });
  }
}

/** Values in active use, to be refreshed before they expire. */
export type ActiveItems = () => Iterable<WarmupItem>;

/** What there is to warm: modules register at start. */
export class WarmupRegistry {
  private readonly tasks = new Map<string, WarmupTask>();
  private readonly active = new Map<string, ActiveItems>();

  /** @throws DuplicateWarmupTaskError CACHE_WARMUP_TASK_DUPLICATE */
  register(task: WarmupTask): void {
    if (this.tasks.has(task.name)) throw new DuplicateWarmupTaskError(task.name);
    this.tasks.set(task.name, task);
  }

  /** `items` is asked every few seconds; values past half of their TTL are loaded again. */
  registerActive(name: string, items: ActiveItems): void {
    if (this.active.has(name)) throw new DuplicateWarmupTaskError(name);
    this.active.set(name, items);
  }

  /** The tasks of a strategy, most important first. */
  tasksOf(strategy: WarmingStrategy): WarmupTask[] {
    const isMeant = ({ strategies }: WarmupTask): boolean =>
      strategy === 'COMPREHENSIVE' || strategies.includes(strategy);
    return byPriority([...this.tasks.values()].filter(isMeant));
  }

  loginTasks(): WarmupTask[] {
    return byPriority([...this.tasks.values()].filter(({ isForLogin }) => isForLogin === true));
  }

  /** Lazily: a source that fails hurts only itself when its turn comes. */
  activeSources(): readonly (readonly [name: string, items: ActiveItems])[] {
    return [...this.active];
  }
}

function byPriority(tasks: WarmupTask[]): WarmupTask[] {
  return tasks.sort((one, other) => other.priority - one.priority);
}
