import type { ClientOutlet } from '../sessions/client-outlet.js';
import { ChannelCursor } from './channel-cursor.js';

function setUp() {
  const sent: string[] = [];
  const outlet = { send: (frame: Buffer) => void sent.push(frame.toString()) } as unknown as ClientOutlet;
  const cursor = new ChannelCursor(outlet, '1:source:a');
  const publish = (seq: number, epoch?: string): void => {
    const frame = Buffer.from(`${epoch ?? ''}${seq}`);
    cursor.sink({ frame, lane: 'reliable', seq, ...(epoch !== undefined && { epoch }) }, '');
  };
  return { sent, cursor, publish };
}

describe('ChannelCursor', () => {
  it('holds what comes while the client catches up, and tells each event once', () => {
    const { sent, cursor, publish } = setUp();
    for (const seq of [3, 4, 5]) publish(seq);

    expect(sent).toEqual([]);
    expect(cursor.goLive({ seq: 4 })).toBe(true);
    for (const seq of [5, 4, 6]) publish(seq);

    expect(sent).toEqual(['5', '6']);
    expect(cursor.at).toEqual({ seq: 6 });
  });

  it('goes on from where it stood when catching up again fails, and says when that is too much', () => {
    const { sent, cursor, publish } = setUp();
    cursor.goLive({ seq: 2 });
    cursor.catchUp();
    publish(3);

    expect(sent).toEqual([]);
    expect(cursor.goOn()).toBe(true);
    publish(4);
    cursor.catchUp();
    for (let seq = 5; seq <= 1_000; seq += 1) publish(seq);
    expect(cursor.goOn()).toBe(false);
    publish(1_001);

    expect(sent).toEqual(['3', '4', '1001']);
  });

  it('goes on with the small numbers of a new epoch', () => {
    const { sent, cursor, publish } = setUp();
    cursor.goLive({ seq: 9, epoch: 'a' });

    publish(9, 'a');
    publish(1, 'b');
    publish(2, 'b');

    expect(sent).toEqual(['b1', 'b2']);
  });

  it('says that there is a gap when more came than it holds, and where the client goes on', () => {
    const { sent, cursor, publish } = setUp();
    for (let seq = 1; seq <= 1_000; seq += 1) publish(seq);

    expect(cursor.goLive({ seq: 0 })).toBe(false);
    publish(1_001);

    expect(cursor.at).toEqual({ seq: 1_001 });
    expect(sent).toEqual(['1001']);
  });
});
