import { FakeClock } from '../../../test/support/fake-clock.js';
import type { Channel, PresenceBus, PresenceHub } from '../../presence/index.js';
import { WantedSources } from './wanted-sources.js';

type Watcher = Parameters<PresenceHub['watch']>[1];

const SHOP: Channel = { kind: 'source', tenantId: '1', source: 'shop' };
const MINUTE_MS = 60_000;

/** Instances on one bus, each with its wanted sources. */
class Instances {
  readonly clock = new FakeClock();
  private readonly listeners: ((message: string) => void)[] = [];
  private readonly gaps: (() => void)[] = [];

  start(): { readonly wanted: WantedSources; readonly watcher: Watcher } {
    const own: { onMessage?: (message: string) => void; watcher?: Watcher } = {};
    const bus = {
      publish: (_key: string, message: string) => {
        for (const listener of this.listeners) if (listener !== own.onMessage) listener(message);
      },
      listen: (_key: string, onMessage: (message: string) => void, onGap: () => void) => {
        own.onMessage = onMessage;
        this.listeners.push(onMessage);
        this.gaps.push(onGap);
        return () => undefined;
      },
    };
    const hub = { watch: (_kind: string, watcher: Watcher) => (own.watcher = watcher) };
    const wanted = new WantedSources(
      hub as unknown as PresenceHub,
      bus as unknown as PresenceBus,
      this.clock,
    );
    wanted.onModuleInit();
    if (own.watcher === undefined) throw new Error('nothing is watched');
    return { wanted, watcher: own.watcher };
  }

  reconnect(): void {
    for (const onGap of this.gaps) onGap();
  }
}

describe('WantedSources', () => {
  it('are told as they are named: a line break in a name is no other name', async () => {
    const instances = new Instances();
    const [here, there] = [instances.start(), instances.start()];
    await instances.clock.advance(4_000);
    const broken: Channel = { kind: 'source', tenantId: '2', source: 'a\n1:source:shop' };

    there.watcher.opened(broken);

    expect([here.wanted.isWanted(broken), here.wanted.isWanted(SHOP)]).toEqual([true, false]);
  });

  it('are those that somebody follows on any instance, and for some minutes those that somebody did', async () => {
    const instances = new Instances();
    const [here, there] = [instances.start(), instances.start()];
    await instances.clock.advance(4_000);
    expect(here.wanted.isWanted(SHOP)).toBe(false);

    there.watcher.opened(SHOP);
    expect(here.wanted.isWanted(SHOP)).toBe(true);
    await instances.clock.advance(30 * MINUTE_MS);
    expect(here.wanted.isWanted(SHOP)).toBe(true);
    there.watcher.closed(SHOP);
    await instances.clock.advance(4 * MINUTE_MS);
    expect([here, there].map(({ wanted }) => wanted.isWanted(SHOP))).toEqual([true, true]);
    await instances.clock.advance(2 * MINUTE_MS);

    expect([here, there].map(({ wanted }) => wanted.isWanted(SHOP))).toEqual([false, false]);
  });

  it('are told to an instance that starts, and all are wanted until then and after a loss', async () => {
    const instances = new Instances();
    const first = instances.start();
    first.watcher.opened(SHOP);
    await instances.clock.advance(4_000);

    const second = instances.start();
    const other: Channel = { ...SHOP, source: 'other' };

    expect(second.wanted.isWanted(other)).toBe(true);
    await instances.clock.advance(4_000);
    expect([second.wanted.isWanted(other), second.wanted.isWanted(SHOP)]).toEqual([false, true]);
    instances.reconnect();
    expect(second.wanted.isWanted(other)).toBe(true);
  });
});
