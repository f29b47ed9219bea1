import { SystemClock } from '../../src/kernel/clock.js';

const clock = new SystemClock();
const POLL_MS = 20;

/**
 * Calls `check` until it no longer throws, and returns its value; fails with its last error. For effects that
 * arrive from outside this process, where no fake clock helps. The bound is far beyond what any of them takes: it
 * costs nothing when it is not reached, and a machine may have other things to do.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 60_000 } = {}): Promise<T> {
  const startedAt = clock.monotonic();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (clock.monotonic() - startedAt > withinMs) throw error;
      await clock.sleep(POLL_MS);
    }
  }
}
