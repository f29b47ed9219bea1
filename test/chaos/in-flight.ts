/** How long what has begun may take to end. */
const WAIT_MS = 10_000;

/** Counts what has begun and not ended, and waits for the rest of it. */
export class InFlight {
  count = 0;

  /** @param work must not reject */
  add(work: Promise<unknown>): void {
    this.count += 1;
    void work.finally(() => {
      this.count -= 1;
    });
  }

  /** What still had not ended after a generous while. */
  async settle(): Promise<number> {
    for (let waitedMs = 0; this.count > 0 && waitedMs < WAIT_MS; waitedMs += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.count;
  }
}
