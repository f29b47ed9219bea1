import { Clock, type Timer } from '../../kernel/clock.js';
import { LoopLag } from './loop-lag.js';

/** Time that passes while nothing can run, as in a busy event loop. */
class BlockingClock extends Clock {
  private atMs = 0;
  private next: { readonly dueAtMs: number; readonly run: () => void } | undefined;

  now(): Date {
    return new Date(this.atMs);
  }

  monotonic(): number {
    return this.atMs;
  }

  after(delayMs: number, run: () => void): Timer {
    this.next = { dueAtMs: this.atMs + delayMs, run };
    return { cancel: () => (this.next = undefined) };
  }

  idle(ms: number): void {
    const untilMs = this.atMs + ms;
    while (this.next !== undefined && this.next.dueAtMs <= untilMs) {
      this.atMs = Math.max(this.atMs, this.next.dueAtMs);
      this.next.run();
    }
    this.atMs = untilMs;
  }

  block(ms: number): void {
    this.atMs += ms;
  }
}

describe('LoopLag', () => {
  let clock: BlockingClock;
  let lag: LoopLag;

  beforeEach(() => {
    clock = new BlockingClock();
    lag = new LoopLag(clock);
    lag.start();
  });

  it('is nothing for a loop that is idle', () => {
    clock.idle(10_000);

    expect(lag.report()).toMatchObject({ meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0, windowMs: 10_000 });
  });

  it('shows a block of a second as about its length, and by its share of the time', () => {
    clock.idle(4_000);
    clock.block(1_000);
    clock.idle(5_000);

    const { meanMs, p50Ms, p99Ms, maxMs } = lag.report();

    expect(maxMs).toBeGreaterThan(970);
    expect(maxMs).toBeLessThanOrEqual(1_000);
    // A tenth of all arrivals met the block, and waited half of it on average.
    expect(meanMs / 50).toBeCloseTo(1, 1);
    expect(p50Ms).toBe(0);
    expect(p99Ms / 900).toBeCloseTo(1, 1);
    expect(lag.blockedMs).toBeCloseTo(maxMs, 6);
  });

  it('says the same however often it is asked', () => {
    clock.block(300);
    clock.idle(1_000);

    const first = lag.report();

    expect(lag.report()).toEqual(first);
  });

  it('forgets after a minute', () => {
    clock.block(500);
    clock.idle(30_000);
    expect(lag.report().maxMs).toBeGreaterThan(470);

    clock.idle(35_000);

    expect(lag.report()).toMatchObject({ maxMs: 0, p99Ms: 0 });
  });

  it('leaves out what was before an instant, for who asks so, and for nobody else', () => {
    clock.block(3_000);
    clock.idle(1_000);
    const since = clock.monotonic();
    clock.idle(9_000);

    expect(lag.report(since)).toMatchObject({ p99Ms: 0, maxMs: 0 });
    expect(lag.report().maxMs).toBeGreaterThan(2_900);

    clock.block(500);
    clock.idle(500);
    expect(lag.report(since).maxMs).toBeGreaterThan(470);
    expect(lag.blockedMs).toBeGreaterThan(3_400);
  });

  it('knows blocks that are longer than its buckets', () => {
    clock.block(200_000);
    clock.idle(20);

    expect(lag.report()).toMatchObject({ maxMs: 199_979 });
  });
});
