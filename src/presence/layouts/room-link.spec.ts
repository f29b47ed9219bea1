import { FakeClock } from '../../../test/support/fake-clock.js';
import { PresenceBus } from '../coordination/presence-bus.js';
import { type PresentConnection, SharedPresence, type ToldPart } from '../coordination/shared-presence.js';
import { NUMBERS_OF_A_LIFE } from './remote-parts.js';
import { RoomLink } from './room-link.js';

const BOB: PresentConnection = {
  ...{ connectionId: 'b1', userId: 'bob', name: 'Bob' },
  ...{ joinedAt: '2026-01-01T00:00:00Z', state: {} },
};
const FIRST = NUMBERS_OF_A_LIFE + 1;

/** Another instance speaks when the test does. */
class SpokenBus extends PresenceBus {
  readonly reachesOthers = true;
  say: (message: string) => void = () => undefined;
  connect: () => void = () => undefined;

  publish(): void {
    // Nobody hears it.
  }

  listen(_channelKey: string, onMessage: (message: string) => void, onGap: () => void): () => void {
    [this.say, this.connect] = [onMessage, onGap];
    return () => undefined;
  }
}

/** What others have written so far. */
class WrittenPresence extends SharedPresence {
  written: readonly ToldPart[] = [];
  /** Answers wait for it. */
  way: Promise<void> = Promise.resolve();

  tell(): void {
    // Nobody reads it.
  }

  async others(): Promise<readonly ToldPart[]> {
    const { written } = this;
    await this.way;
    return written;
  }

  watch(): void {
    // Nobody goes.
  }
}

describe('RoomLink', () => {
  const clock = new FakeClock();
  let bus: SpokenBus;
  let shared: WrittenPresence;
  let here: Set<string>;
  let link: RoomLink;

  beforeEach(async () => {
    [bus, shared, here] = [new SpokenBus(), new WrittenPresence(), new Set()];
    link = new RoomLink(
      '1:layout:7',
      { bus, shared, clock },
      {
        join: ({ identity }) => void here.add(identity.connectionId),
        leave: ({ identity }) => void here.delete(identity.connectionId),
        update: () => undefined,
      },
    );
    await link.isRead;
    bus.connect();
  });
  afterEach(() => link.close());

  const comes = (): void =>
    bus.say(JSON.stringify({ from: 'b', number: FIRST, joins: [BOB], leaves: [], updates: [] }));

  it('keeps who has just come elsewhere, although that is not written when it reads', async () => {
    await clock.advance(499);
    comes();
    await clock.advance(101);
    expect([...here]).toEqual(['b1']);

    shared.written = [{ instanceId: 'b', number: FIRST, users: [BOB] }];
    await clock.advance(5_000);

    expect([...here]).toEqual(['b1']);
    expect(clock.pending).toBe(0);
  });

  it('lets go of who is not written when that had its time', async () => {
    comes();

    await clock.advance(5_000);

    expect([...here]).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('takes over nothing that was asked before what it knows', async () => {
    let answer: () => void = () => undefined;
    shared.way = new Promise((resolve) => (answer = resolve));
    shared.written = [{ instanceId: 'b', number: FIRST, users: [BOB] }];
    bus.connect();
    [shared.way, shared.written] = [Promise.resolve(), []];
    bus.connect();
    await clock.advance(0);

    answer();
    await clock.advance(0);

    expect([...here]).toEqual([]);
  });

  it('lets go at once of who was written and is no longer', async () => {
    shared.written = [{ instanceId: 'b', number: FIRST, users: [BOB] }];
    await clock.advance(500);
    expect([...here]).toEqual(['b1']);

    shared.written = [];
    bus.connect();
    await clock.advance(0);

    expect([...here]).toEqual([]);
  });
});
