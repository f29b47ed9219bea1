import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { CacheCounters } from '../monitoring/counters.js';
import { cellOf } from './cells.js';
import { ClockFollower } from './clock-follower.js';
import type { InvalidationLog, LogPage } from './invalidation-log.js';
import { Replica } from './replica.js';

const RED = cellOf('t:red');

/** A log that has lost its entries: each look at it makes the replica begin anew. */
class TrimmedLog implements Pick<InvalidationLog, 'readSince' | 'cells'> {
  sequence = 1;
  /** The first reading of the cells waits after its page for its turn, the others before it. */
  readonly finish: (() => void)[] = [];

  readSince(): Promise<LogPage> {
    return Promise.resolve({ epoch: 'epoch', sequence: this.sequence, entries: [] });
  }

  async *cells(): AsyncGenerator<(readonly [cell: number, sequence: number])[]> {
    const isFirst = this.finish.length === 0;
    if (isFirst) yield [[RED, 1]];
    await new Promise<void>((resolve) => this.finish.push(resolve));
    if (!isFirst) yield [[RED, 1]];
  }
}

describe('ClockFollower', () => {
  it('judges nothing by cells it has read before it had to begin anew', async () => {
    const log = new TrimmedLog();
    const replica = new Replica({ dropKeys: () => undefined, dropAll: () => undefined });
    replica.restart('epoch', 0);
    const follower = new ClockFollower({
      log: log as unknown as InvalidationLog,
      replica,
      counters: new CacheCounters(),
      clock: new FakeClock(),
      ids: new CountingIds(),
      logger: new CollectingLogger(),
      presenceMs: 3_000,
    });
    const first = follower.readLog();
    while (log.finish.length === 0) await Promise.resolve();
    log.sequence = 2;
    // The second one restarts the replica, and has read no cells yet when the first one ends.
    const second = follower.readLog();
    while (log.finish.length === 1) await Promise.resolve();

    log.finish[0]?.();
    await first;

    expect(replica.isValid('x:1', 'epoch', 0, [RED])).toBe(false);
    log.finish[1]?.();
    await second;
    expect(replica.isValid('x:1', 'epoch', 0, [RED])).toBe(false);
    expect(replica.isValid('x:1', 'epoch', 0, [])).toBe(true);
  });
});
