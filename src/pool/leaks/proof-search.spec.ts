import { FakeClock } from '../../../test/support/fake-clock.js';
import { Slot } from '../connections/slot.js';
import { ProofSearch } from './proof-search.js';

const LOOK_MS = 400;

function setUp(collectionMs = 10, isAffordable = true) {
  const clock = new FakeClock();
  let collections = 0;
  const collect = async (): Promise<void> => {
    collections += 1;
    await clock.advance(collectionMs);
  };
  const search = new ProofSearch({ clock, collect, isAffordable: () => isAffordable });
  const look = async (held: readonly Slot[], times: number): Promise<number> => {
    const before = collections;
    for (let time = 0; time < times; time += 1) {
      await search.look(held);
      await clock.advance(LOOK_MS);
    }
    return collections - before;
  };
  return { search, look };
}

function holder(): Slot {
  const client = { query: () => Promise.resolve(), once: () => undefined };
  const slot = new Slot(client, 0);
  slot.take(0, undefined, undefined);
  slot.tenure = { slot, serial: slot.serial };
  return slot;
}

describe('ProofSearch', () => {
  it('collects when a holder has not used its connection between two looks, and soon rarely', async () => {
    const { look } = setUp();
    const held = [holder()];

    expect(await look(held, 1)).toBe(0);
    expect(await look(held, 1)).toBe(1);
    expect(await look(held, 10)).toBe(2);
    expect(await look(held, 40)).toBe(0);
    expect(await look(held, 20)).toBe(1);
  });

  it('lets those alone who use their connection, run a statement, are pinned or hold it for one statement', async () => {
    const { look } = setUp();
    const [busy, running, pinned, brief] = [holder(), holder(), holder(), holder()];
    Object.assign(running.client, { readyForQuery: false });
    pinned.pinned = {};
    brief.tenure = undefined;
    let collections = 0;
    for (let time = 0; time < 20; time += 1) {
      busy.note('SELECT 1');
      collections += await look([busy, running, pinned, brief], 1);
    }

    expect(collections).toBe(0);
  });

  it('spends a small share of the time on collections, and less where they find nothing', async () => {
    const { look } = setUp(200);
    let collections = 0;
    // Always somebody new, for 100 s.
    for (let time = 0; time < 125; time += 1) collections += await look([holder()], 2);

    expect(collections).toBeGreaterThan(3);
    expect(collections * 200).toBeLessThan(10_000);
  });

  it('leaves a process alone whose heap would make the pause long', async () => {
    expect(await setUp(10, false).look([holder()], 20)).toBe(0);
  });

  it('goes on at its first pace where searches find something', async () => {
    const { look, search } = setUp();
    let collections = 0;
    for (let time = 0; time < 50; time += 1) {
      const held = [holder()];
      collections += await look(held, 4);
      search.succeeded();
    }

    expect(collections).toBeGreaterThanOrEqual(50);
  });
});
