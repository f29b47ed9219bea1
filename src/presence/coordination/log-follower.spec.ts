import { FakeClock } from '../../../test/support/fake-clock.js';
import { Random } from '../../../test/support/random.js';
import { LOG_BYTES, LOG_EVENTS } from './event-ring.js';
import { LogFollower, LOOK_AGAIN } from './log-follower.js';
import type { LogPosition, Replayed } from './replay-log.js';

/** A log whose reads are answered when the test likes. */
class Scene {
  readonly clock = new FakeClock();
  readonly told: (string | number)[] = [];
  readonly payloads: string[] = [];
  readonly asked: LogPosition[] = [];
  private readonly answers: ((replayed: Replayed | undefined) => void)[] = [];
  readonly follower = new LogFollower(
    this.clock,
    (position) => {
      this.asked.push(position);
      return new Promise((resolve) => this.answers.push(resolve));
    },
    () => undefined,
  );

  constructor() {
    this.follower.add({
      onEvent: ({ seq, payload }) => {
        this.told.push(seq);
        this.payloads.push(payload);
      },
      onGap: () => this.told.push('gap'),
    });
  }

  hear(seq: number, payload = `p ${seq}`, epoch = 'e'): void {
    this.follower.hear(`${epoch} ${seq} id${seq} ${payload}`);
  }

  async answer(from: number, to: number): Promise<void> {
    const events = Array.from({ length: to - from }, (_, index) => ({
      seq: from + index + 1,
      payload: `p ${from + index + 1}`,
    }));
    await this.answerWith({ isWhole: true, events, end: { epoch: 'e', seq: to } });
  }

  async answerWith(replayed: Replayed | undefined): Promise<void> {
    this.answers.shift()?.(replayed);
    await this.clock.advance(0);
  }
}

describe('LogFollower', () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
    scene.follower.begin({ epoch: 'e', seq: 0 });
  });

  it('tells each event once and in order, and reads what is missing before one', async () => {
    for (const seq of [1, 2, 2, 5, 6]) scene.hear(seq);
    await scene.answer(2, 5);

    expect(scene.told).toEqual([1, 2, 3, 4, 5, 6]);
    expect(scene.asked).toEqual([{ epoch: 'e', seq: 2 }]);
    expect(scene.payloads[1]).toBe('p 2');
  });

  it.each([
    ['events', LOG_EVENTS + 1, 'x'],
    ['bytes', 5, 'x'.repeat(LOG_BYTES / 4)],
  ])(
    'lets go of what waits for a read when it is too many %s, and reads it instead',
    async (_, count, text) => {
      scene.hear(2);
      for (let seq = 3; seq < 3 + count; seq += 1) scene.hear(seq, text);
      expect(scene.told).toEqual([]);

      const last = 2 + count;
      await scene.answer(0, 2);
      await scene.answer(2, last);

      expect(scene.told).toEqual(Array.from({ length: last }, (__, index) => index + 1));
      expect(scene.asked.length).toBeGreaterThan(1);
    },
  );

  it('takes what is no event for a reason to look, and for nothing else', async () => {
    for (const message of [LOOK_AGAIN, '', 'e', 'e x id p', 'e -1 id p', 'e 1.5 id p', '{"seq":1}']) {
      scene.follower.hear(message);
      await scene.answer(0, 0);
      await scene.answer(0, 0);
    }
    scene.hear(1);

    expect(scene.told).toEqual([1]);
  });

  it('says that something is lost when the log began anew, by a message and by a read', async () => {
    scene.hear(1);
    scene.hear(1, 'p', 'f');
    scene.follower.catchUp();
    await scene.answerWith({ isWhole: false, end: { epoch: 'g', seq: 4 } });
    scene.hear(5, 'p', 'g');

    expect(scene.told).toEqual([1, 'gap', 1, 'gap', 5]);
  });

  it('tells what came before somebody knew where the log ends', () => {
    const early = new Scene();
    early.hear(4);
    early.hear(5);

    early.follower.begin({ epoch: 'e', seq: 3 });

    expect(early.told).toEqual([4, 5]);
    expect(early.asked).toEqual([]);
  });

  it('says that something is missing as soon as somebody answers, when nobody did at first', async () => {
    const early = new Scene();
    early.follower.beginNowhere();
    await early.answerWith(undefined);
    await early.clock.advance(1_000);
    await early.answerWith({ isWhole: false, end: { epoch: 'e', seq: 3 } });
    early.hear(4);

    expect(early.told).toEqual(['gap', 4]);
  });

  it('asks again when nobody answered', async () => {
    scene.hear(2);
    await scene.answerWith(undefined);
    await scene.clock.advance(1_000);
    await scene.answer(0, 2);

    expect(scene.told).toEqual([1, 2]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('misses nothing, whatever is lost on the way (seed %d)', async (seed) => {
    const random = new Random(seed);
    let last = 0;
    for (let step = 0; step < 2_000; step += 1) {
      const chance = random.fraction();
      if (chance < 0.7) {
        last += 1;
        if (random.fraction() < 0.8) scene.hear(last);
      } else await answerOldest();
    }
    scene.hear((last += 1));
    for (let round = 0; round < 10; round += 1) await answerOldest();

    expect(scene.told).toEqual(Array.from({ length: last }, (_, index) => index + 1));

    async function answerOldest(): Promise<void> {
      const position = scene.asked.shift();
      if (position !== undefined) await scene.answer(position.seq, last);
    }
  });
});
