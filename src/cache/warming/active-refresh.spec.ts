import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { ActiveRefresh } from './active-refresh.js';
import { WarmupRegistry } from './warmup-registry.js';
import type { WarmupItem } from './warmup-task.js';

describe('ActiveRefresh', () => {
  let clock: FakeClock;
  let registry: WarmupRegistry;
  let warmed: string[];
  let failures: number;
  let refresh: ActiveRefresh;
  beforeEach(() => {
    clock = new FakeClock();
    registry = new WarmupRegistry();
    warmed = [];
    failures = 0;
    const target = {
      warm: (key: string): Promise<void> => {
        if (key.startsWith('bad')) return Promise.reject(new TypeError('no'));
        warmed.push(key);
        return Promise.resolve();
      },
    };
    const countFailure = (): void => void (failures += 1);
    refresh = new ActiveRefresh({ registry, target, clock, logger: new CollectingLogger(), countFailure });
  });
  afterEach(() => refresh.stop());

  const item = (key: string): WarmupItem => ({ key, load: () => 1 });

  it('warms the values in active use, again and again', async () => {
    registry.registerActive('layouts', () => [item('layout:1')]);
    refresh.start();

    await clock.advance(45_000);

    expect(warmed).toEqual(['layout:1', 'layout:1', 'layout:1']);
  });

  it('goes on after a value that cannot be loaded, what is no value, and after a source that cannot name its values', async () => {
    registry.registerActive('broken', () => {
      throw new TypeError('no');
    });
    registry.registerActive('layouts', () => [item('bad:1'), null as never, item('layout:2')]);

    await refresh.refreshAll();

    expect([warmed, failures]).toEqual([['layout:2'], 2]);
  });

  it('looks at a bounded number of values in one round', async () => {
    registry.registerActive('endless', function* () {
      for (let i = 0; ; i += 1) yield item(`layout:${i}`);
    });

    await refresh.refreshAll();

    expect(warmed).toHaveLength(1_000);
  });

  it('stops', async () => {
    registry.registerActive('layouts', () => [item('layout:1')]);
    refresh.start();

    refresh.stop();
    await clock.advance(60_000);

    expect([warmed, clock.pending]).toEqual([[], 0]);
  });
});
