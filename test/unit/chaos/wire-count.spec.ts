import { WireCount } from '../../chaos/wire-count.js';

function countOf(...frames: readonly object[]): WireCount {
  const wire = new WireCount();
  for (const frame of frames) wire.hear(JSON.stringify(frame));
  return wire;
}

const entered = { type: 'subscribed', target: { layout: '1' }, seq: 4 };
const change = (seq: number): object => ({ type: 'region.changed', layout: '1', seq });

describe('the count of what a client hears', () => {
  it('finds nothing wrong with events in order, over a reconnect as well', () => {
    const wire = countOf(entered, change(5), { ...entered, seq: 5 }, change(6), {
      type: 'resumed',
      events: 1,
    });

    expect(wire).toMatchObject({ events: 2, lost: 0, doubled: 0, gaps: 0, replayed: 1, last: 6 });
  });

  it('finds what was left out while the client was away, and what came twice', () => {
    expect(countOf(entered, change(5), { ...entered, seq: 7 }, change(8))).toMatchObject({
      lost: 2,
      doubled: 0,
    });
    expect(countOf(entered, change(5), change(5))).toMatchObject({ lost: 0, doubled: 1 });
    expect(countOf(entered, change(6), change(5))).toMatchObject({ lost: 1, doubled: 1, last: 6 });
  });

  it('finds gaps, and passes over what is no event', () => {
    expect(countOf(entered, { type: 'gap', seq: 9 }, { type: 'pong' })).toMatchObject({ gaps: 1, events: 0 });
  });
});
