/**
 * Runs a task for many callers at once, such that each is served by a run that began after its call: at most one run
 * is under way, and at most one waits.
 */
export class FreshRun<T> {
  private current: Promise<unknown> = Promise.resolve();
  private next: Promise<T> | undefined;

  /** @param task must not reject */
  constructor(private readonly task: () => Promise<T>) {}

  run(): Promise<T> {
    if (this.next !== undefined) return this.next;
    const next = this.current.then(() => {
      this.next = undefined;
      return this.task();
    });
    this.next = next;
    this.current = next;
    return next;
  }
}
