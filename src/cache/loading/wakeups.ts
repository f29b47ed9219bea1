import type { Clock } from '../../kernel/clock.js';

/** Somebody who waits for the end of a load elsewhere. */
export interface Wakeup {
  /** Resolves when the load has ended, or after `ms`. */
  within(ms: number): Promise<void>;
  /** Must be called, once. */
  end(): void;
}

/** Wakes those who wait for a load of another process, by the name under which its end is announced. */
export class Wakeups {
  private readonly waiting = new Map<string, Set<AbortController>>();

  constructor(
    private readonly clock: Clock,
    private readonly nameOf: (key: string) => string,
  ) {}

  /** A wakeup that is announced between this call and `within` is not missed. */
  expect(key: string): Wakeup {
    const name = this.nameOf(key);
    const woken = new AbortController();
    const others = this.waiting.get(name) ?? new Set();
    this.waiting.set(name, others.add(woken));
    return {
      within: (ms) => this.clock.sleep(ms, woken.signal),
      end: () => {
        others.delete(woken);
        if (others.size === 0 && this.waiting.get(name) === others) this.waiting.delete(name);
      },
    };
  }

  /** The load announced by `name` has ended. */
  wake(name: string): void {
    for (const woken of this.waiting.get(name) ?? []) woken.abort();
  }
}
