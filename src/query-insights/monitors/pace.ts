const LONGEST_PAUSE_MS = 60_000;
/** Of the time at most a twentieth is spent on looking, however slow the server is. */
const SHARE = 20;

/** When a monitor looks again: later while looking takes long, and ever later while the server is away. */
export class Pace {
  private failures = 0;

  constructor(private readonly everyMs: number) {}

  /** Runs one look, and remembers whether it failed. */
  async run(look: () => Promise<void>): Promise<void> {
    try {
      await look();
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      throw error;
    }
  }

  /** Ms from the end of a look of `durationMs` to the next one. */
  nextDelayMs(durationMs: number): number {
    const longestMs = Math.max(this.everyMs, LONGEST_PAUSE_MS);
    if (this.failures > 0) return Math.min(longestMs, this.everyMs * 2 ** Math.min(this.failures, 16));
    return Math.min(longestMs, Math.max(this.everyMs - durationMs, durationMs * SHARE));
  }
}
