import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

/**
 * How long callers wait for a server that has gone away. The bound is for the outage and not for each caller: a restart
 * is waited for, and once the server has been away for longer everybody is told at once, until it is back.
 */
export class Outage {
  private hasAnswered = false;
  private sinceMs: number | undefined;
  private pauses = 0;

  constructor(
    private readonly world: { readonly clock: Clock; readonly ids: Ids },
    private readonly patienceMs: number,
  ) {}

  /** A connection was had. */
  end(): void {
    this.hasAnswered = true;
    this.sinceMs = undefined;
    this.pauses = 0;
  }

  /** Waits before the next try; false when there should be none. A server that never answered is not waited for. */
  async wait(): Promise<boolean> {
    const { clock, ids } = this.world;
    if (!this.hasAnswered) return false;
    const now = clock.monotonic();
    this.sinceMs ??= now;
    if (now - this.sinceMs >= this.patienceMs) return false;
    this.pauses = Math.min(this.pauses + 1, 10);
    const fullMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.pauses - 1));
    await clock.sleep(fullMs / 2 + (ids.fraction() * fullMs) / 2);
    return true;
  }
}
