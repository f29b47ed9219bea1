import { eventually } from '../../../test/support/eventually.js';
import { Random } from '../../../test/support/random.js';
import type { ChannelPosition } from '../subscriptions/channel-cursor.js';
import type { EventTruth, Found, NumberedFrame } from './event-truth.js';
import { NumberedStream } from './numbered-stream.js';

const event = (seq: number, epoch?: string): NumberedFrame => ({
  position: { seq, ...(epoch !== undefined && { epoch }) },
  frame: Buffer.from(String(seq)),
});

/** A truth that a test writes; reads take a turn, and see what was there when they began. */
class WrittenTruth implements EventTruth {
  last = 0;
  oldest = 1;
  epoch: string | undefined;
  reads = 0;
  failures = 0;

  async end(): Promise<ChannelPosition> {
    const end = event(this.last, this.epoch).position;
    await this.turn();
    return end;
  }

  async since(position: ChannelPosition): Promise<Found> {
    this.reads += 1;
    const end = event(this.last, this.epoch).position;
    const isWhole = position.epoch === this.epoch && position.seq + 1 >= this.oldest;
    const count = Math.max(0, this.last - position.seq);
    const events = Array.from({ length: count }, (_, index) => event(position.seq + 1 + index, this.epoch));
    await this.turn();
    return isWhole ? { isWhole, events, end: count === 0 ? position : end } : { isWhole: false, end };
  }

  private async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new TypeError('away');
  }
}

describe('NumberedStream', () => {
  let truth: WrittenTruth;
  let told: (number | string)[];
  let errors: unknown[];
  let stream: NumberedStream;

  beforeEach(() => {
    truth = new WrittenTruth();
    told = [];
    errors = [];
    stream = new NumberedStream(truth, {
      event: ({ position }) => told.push(position.seq),
      gap: ({ seq }) => told.push(`gap ${seq}`),
      failed: (error) => errors.push(error),
    });
  });

  it('tells what comes in order at once, and reads nothing for it', async () => {
    await stream.ready();

    for (const seq of [1, 2, 3]) stream.offer(event((truth.last = seq)));

    expect(told).toEqual([1, 2, 3]);
    expect(truth.reads).toBe(0);
  });

  it('reads what is missing before an event, and tells nothing twice', async () => {
    await stream.ready();
    truth.last = 4;

    for (const seq of [1, 4, 3, 2, 4]) stream.offer(event(seq));

    await eventually(() => expect(told).toEqual([1, 2, 3, 4]));
  });

  it('tells what nobody offered when it is checked', async () => {
    await stream.ready();
    truth.last = 2;

    await stream.check(2);

    expect(told).toEqual([1, 2]);
  });

  it('tries again after a failure, and says so', async () => {
    await stream.ready();
    truth.last = 2;
    truth.failures = 1;

    stream.offer(event(2));
    await eventually(() => expect(errors).toHaveLength(1));
    expect(told).toEqual([]);
    await stream.check(2);

    expect(told).toEqual([1, 2]);
  });

  it('says once that something is lost, and goes on behind it', async () => {
    await stream.ready();
    truth.last = 9;
    truth.oldest = 5;

    await stream.check(9);
    stream.offer(event((truth.last = 10)));

    expect(told).toEqual(['gap 9', 10]);
  });

  it('says that something is lost when the numbers begin anew', async () => {
    truth.epoch = 'a';
    truth.last = 7;
    await stream.ready();
    truth.epoch = 'b';
    truth.last = 1;

    stream.offer(event(1, 'b'));
    await eventually(() => expect(told).toEqual(['gap 1']));
    stream.offer(event((truth.last = 2), 'b'));

    expect(told).toEqual(['gap 1', 2]);
  });

  it('notices numbers that begin anew while it reads those of before, and the other way round', async () => {
    truth.epoch = 'a';
    truth.last = 7;
    await stream.ready();
    truth.last = 9;
    stream.offer(event(9, 'a'));
    [truth.epoch, truth.last] = ['b', 1];

    stream.offer(event(1, 'b'));
    await eventually(() => expect(told).toEqual([8, 9, 'gap 1']));
    truth.last = 3;
    stream.offer(event(3, 'b'));
    stream.offer(event(99, 'a'));
    await eventually(() => expect(told).toEqual([8, 9, 'gap 1', 2, 3]));
    const reads = truth.reads;
    await stream.check();

    expect(truth.reads).toBe(reads + 1);
  });

  it('answers those who missed little without reading, and many at one place by one read', async () => {
    truth.last = 100;
    await stream.ready();
    stream.offer(event((truth.last = 101)));

    const recent = await stream.since({ seq: 100 });
    expect(recent).toMatchObject({ isWhole: true, events: [event(101)], end: { seq: 101 } });
    expect(truth.reads).toBe(0);
    const all = await Promise.all(Array.from({ length: 50 }, () => stream.since({ seq: 20 })));

    expect(truth.reads).toBe(1);
    expect(all.map((found) => found.isWhole && found.events.length)).toEqual(Array(50).fill(81));
  });

  it('takes a position that another instance has told for what it is, and one that nobody has told for a gap', async () => {
    await stream.ready();
    truth.last = 3;

    expect(await stream.since({ seq: 3 })).toMatchObject({ isWhole: true, events: [], end: { seq: 3 } });
    expect(told).toEqual([1, 2, 3]);
    expect(await stream.since({ seq: 8 })).toEqual({ isWhole: false, end: { seq: 3 } });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'gives each of many clients every event once and in order, whatever comes when (seed %d)',
    async (seed) => {
      const random = new Random(seed);
      const clients: { readonly got: number[]; held: number[] | undefined; readonly from: number }[] = [];
      stream = new NumberedStream(truth, {
        event: ({ position: { seq } }) => {
          for (const client of clients) (client.held ?? client.got).push(seq);
        },
        gap: () => told.push('gap'),
        failed: (error) => errors.push(error),
      });
      const follow = async (): Promise<void> => {
        const from = random.below(truth.last + 1);
        const client = { got: [] as number[], held: [] as number[] | undefined, from };
        clients.push(client);
        const found = await stream.since({ seq: from });
        if (!found.isWhole) throw new TypeError('nothing is lost here');
        client.got.push(...found.events.map(({ position }) => position.seq));
        client.got.push(...(client.held ?? []).filter((seq) => seq > found.end.seq));
        client.held = undefined;
      };
      const following: Promise<void>[] = [];
      for (let step = 0; step < 400; step += 1) {
        const chance = random.fraction();
        if (chance < 0.5) truth.last += 1;
        // Of what is committed some is never offered, and some late or twice.
        if (chance < 0.4) stream.offer(event(Math.max(1, truth.last - random.below(3))));
        else if (chance < 0.6) following.push(follow());
        else if (chance < 0.8) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(following);
      await stream.check(truth.last);

      expect(clients.length).toBeGreaterThan(20);
      for (const { got, from } of clients) {
        expect([...new Set(got)]).toEqual(Array.from({ length: truth.last - from }, (_, i) => from + 1 + i));
      }
      expect(told).toEqual([]);
    },
  );
});
