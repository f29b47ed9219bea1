import type { EntryOptions, Loader } from '../loading/entry-policy.js';
import type { WarmingStrategy } from './strategies.js';

/** A value to be warmed. */
export interface WarmupItem {
  readonly key: string;
  readonly load: Loader<unknown>;
  readonly options?: EntryOptions;
}

/** What a task is told. */
export interface WarmupContext {
  readonly strategy: WarmingStrategy;
  /** Older data need not be warmed; undefined: all of it. */
  readonly since: Date | undefined;
  /** Only this tenant's values, which has just logged in; undefined: everybody's. */
  readonly tenantId: string | undefined;
  /** Aborts when the warm-up ends early. */
  readonly signal: AbortSignal;
}

/** Something a module wants to have in the cache before anybody asks. */
export interface WarmupTask {
  /** Unique; shown in the status. */
  readonly name: string;
  /** Beside COMPREHENSIVE, which runs every task. */
  readonly strategies: readonly Exclude<WarmingStrategy, 'COMPREHENSIVE'>[];
  /** Tasks with a greater number go first. */
  readonly priority: number;
  /** Runs also when somebody of a tenant comes back after a while. */
  readonly isForLogin?: boolean;
  /** How long it may take, its values included; what is left then has failed. 5 minutes unless given. */
  readonly timeoutMs?: number;
  /** The values; the first 10,000 are taken. */
  readonly items: (context: WarmupContext) => Promise<readonly WarmupItem[]>;
}
