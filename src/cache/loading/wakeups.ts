import type { Clock } from '../../kernel/clock.js';

/** Somebody who waits for the end of a load elsewhere. */
export interface Wakeup {
  /** Resolves when the load has ended, or after `ms`. */
  within(ms: number): Promise<void>;
  /** Must be called, once. */
  end(): void;
}

/** Set when it is woken before it sleeps; most never do either. */
interface Sleeper {
  isWoken: boolean;
  wake: (() => void) | undefined;
}

/** Wakes those who wait for a load of another process, by the name under which its end is announced. */
export class Wakeups {
  private readonly waiting = new Map<string, Set<Sleeper>>();

  constructor(
    private readonly clock: Clock,
    private readonly nameOf: (key: string) => string,
  ) {}

  /** A wakeup that is announced between this call and `within` is not missed. */
  expect(key: string): Wakeup {
    const name = this.nameOf(key);
    const sleeper: Sleeper = { isWoken: false, wake: undefined };
    const others = this.waiting.get(name) ?? new Set();
    this.waiting.set(name, others.add(sleeper));
    return {
      within: (ms) => this.sleep(sleeper, ms),
      end: () => {
        others.delete(sleeper);
        if (others.size === 0 && this.waiting.get(name) === others) this.waiting.delete(name);
      },
    };
  }

  /** The load announced by `name` has ended. */
  wake(name: string): void {
    for (const sleeper of this.waiting.get(name) ?? []) {
      sleeper.isWoken = true;
      sleeper.wake?.();
    }
  }

  private async sleep(sleeper: Sleeper, ms: number): Promise<void> {
    if (sleeper.isWoken) return;
    const woken = new AbortController();
    sleeper.wake = () => woken.abort();
    await this.clock.sleep(ms, woken.signal);
  }
}
