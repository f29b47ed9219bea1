import type { Clock } from '../../kernel/clock.js';
import { CacheLoadTimeoutError } from '../errors.js';
import type { CacheStatistics } from '../monitoring/statistics.js';
import type { LoadContext, Loader } from './entry-policy.js';
import { isRefusal } from './refusal.js';

/** What a loader gave, and how long it took. */
export interface Loaded {
  readonly value: unknown;
  readonly costMs: number;
}

/** Runs loaders, each bounded in time. */
export class TimedLoad {
  constructor(
    private readonly clock: Clock,
    private readonly statistics: CacheStatistics,
  ) {}

  /** @throws CacheLoadTimeoutError CACHE_LOAD_TIMEOUT, and whatever the loader throws */
  async run(key: string, load: Loader<unknown>, timeoutMs: number): Promise<Loaded> {
    const { clock, statistics } = this;
    const context = new TimedContext();
    const startedAt = clock.monotonic();
    statistics.counters.loads += 1;
    let giveUp: (error: unknown) => void = () => undefined;
    const timedOut = new Promise<never>((_resolve, reject) => {
      giveUp = reject;
    });
    const timer = clock.after(timeoutMs, () => {
      const error = new CacheLoadTimeoutError(key, timeoutMs);
      statistics.counters.loadTimeouts += 1;
      context.abort(error);
      giveUp(error);
    });
    try {
      const value = await Promise.race([callLoader(load, context), timedOut]);
      const costMs = clock.monotonic() - startedAt;
      statistics.recordRead(key, 'loader', costMs);
      return { value, costMs };
    } catch (error) {
      if (isRefusal(error)) statistics.recordRead(key, 'loader', clock.monotonic() - startedAt);
      else statistics.counters.loadFailures += 1;
      throw error;
    } finally {
      timer.cancel();
    }
  }
}

/** Most loaders never look at their signal: it is made when one does. */
class TimedContext implements LoadContext {
  private controller: AbortController | undefined;
  private reason: { readonly error: unknown } | undefined;

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason !== undefined) this.controller.abort(this.reason.error);
    return this.controller.signal;
  }

  abort(error: unknown): void {
    this.reason = { error };
    this.controller?.abort(error);
  }
}

/** What a loader throws before it returns a promise is a failure like any other. */
async function callLoader(load: Loader<unknown>, context: LoadContext): Promise<unknown> {
  return await load(context);
}
