import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { CacheEvents } from '../../cache/index.js';
import type { Peers } from '../../platform/scheduling/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import { LayoutInvalidation } from './layout-invalidation.js';

function start(announce: () => Promise<unknown>) {
  const [clock, logger, registry] = [new FakeClock(), new CollectingLogger(), new MetricRegistry()];
  const cache = { announce } as unknown as CacheEvents;
  const peers = { known: () => Promise.resolve() } as unknown as Peers;
  const invalidation = new LayoutInvalidation(cache, peers, clock, logger, registry);
  return { clock, logger, invalidation };
}

describe('LayoutInvalidation', () => {
  it('says so when others could not be told, and fails nobody', async () => {
    const { logger, invalidation } = start(() => Promise.reject(new TypeError('broken')));

    await invalidation.invalidate('7');

    expect(logger.lines).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    const { clock, logger, invalidation } = start(() => new Promise(() => undefined));
    const invalidating = invalidation.invalidate('7');

    await clock.advance(4_000);
    await invalidating;

    expect(logger.lines).toHaveLength(1);
  });

  it('is quiet when all are told (control)', async () => {
    const { clock, logger, invalidation } = start(() => Promise.resolve());

    await invalidation.invalidate('7');

    expect(logger.lines).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
