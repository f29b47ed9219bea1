import { AppError } from '../../kernel/app-error.js';
import { isWarmingStrategy, WARMING_STRATEGIES, type WarmingStrategy } from './strategies.js';
import type { WarmupItem, WarmupTask } from './warmup-task.js';

/** Two modules registered the same name: a fault of the program. */
export class DuplicateWarmupTaskError extends AppError {
  readonly code = 'CACHE_WARMUP_TASK_DUPLICATE';
  readonly kind = 'internal';

  constructor(name: string) {
    super(`Warm-up task "${name}" is registered already. Give each task a name of its own.`, { name });
  }
}

/** A task that could never run: a fault of the program. */
export class WarmupTaskError extends AppError {
  readonly code = 'CACHE_WARMUP_TASK_INVALID';
  readonly kind = 'internal';

  constructor(name: unknown, reason: string) {
    const shown = typeof name === 'string' ? name : typeof name;
    super(`Warm-up task "${shown}" cannot be registered: ${reason}.`, { name: shown, reason });
  }
}

/** Values in active use, to be refreshed before they expire. */
export type ActiveItems = () => Iterable<WarmupItem>;

/** What there is to warm: modules register at start. */
export class WarmupRegistry {
  private readonly tasks = new Map<string, WarmupTask>();
  private readonly active = new Map<string, ActiveItems>();

  /** @throws DuplicateWarmupTaskError CACHE_WARMUP_TASK_DUPLICATE, WarmupTaskError CACHE_WARMUP_TASK_INVALID */
  register(task: WarmupTask): void {
    checkTask(task);
    if (this.tasks.has(task.name)) throw new DuplicateWarmupTaskError(task.name);
    this.tasks.set(task.name, task);
  }

  /** `items` is asked every few seconds; values past half of their TTL are loaded again. @throws as register */
  registerActive(name: string, items: ActiveItems): void {
    checkSource(name, items);
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

/** Programs in JavaScript may leave out what the types ask for. */
function checkTask(given: unknown): void {
  if (typeof given !== 'object' || given === null) throw new WarmupTaskError(given, 'it is no object');
  const { name, strategies, priority, timeoutMs, items } = given as Readonly<Record<string, unknown>>;
  checkSource(name, items);
  if (!Array.isArray(strategies) || !strategies.every(isWarmingStrategy))
    throw new WarmupTaskError(name, `its strategies must be a list of ${WARMING_STRATEGIES.join(', ')}`);
  if (!Number.isFinite(priority)) throw new WarmupTaskError(name, 'its priority must be a number');
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0))
    throw new WarmupTaskError(name, 'its timeoutMs must be more than 0 ms');
}

function checkSource(name: unknown, items: unknown): void {
  if (typeof name !== 'string' || name === '') throw new WarmupTaskError(name, 'its name must be text');
  if (typeof items !== 'function') throw new WarmupTaskError(name, 'its items must be a function');
}
