import { inverseOf, rebase } from './inverse.js';
import type { Region, RegionChange, RegionState } from './region.js';

const STATE: RegionState = { x: 0, y: 0, width: 1, height: 1, title: 'a', kind: 'chart', content: { n: 1 } };
const now = (fields: Partial<RegionState> = {}): Region => ({ ...STATE, ...fields, id: '7', version: 9 });
const change = (before: RegionState | null, after: RegionState | null): RegionChange => ({
  ...{ regionId: '7', before, after },
});

describe('a change applied to a region that others changed since', () => {
  it('touches the fields it is about, and no others', () => {
    const moved = change(STATE, { ...STATE, x: 5 });

    expect(rebase(inverseOf(moved), now({ x: 5, title: 'b' }))).toEqual(
      change({ ...STATE, x: 5, title: 'b' }, { ...STATE, title: 'b' }),
    );
  });

  it.each([
    ['a field it is about is another one', change({ ...STATE, x: 5 }, STATE), now({ x: 6 })],
    ['the region is gone', change({ ...STATE, x: 5 }, STATE), null],
    ['it would remove what somebody changed', change(STATE, null), now({ content: { n: 2 } })],
    ['the region it would bring back is there', change(null, STATE), now()],
  ])('cannot be when %s', (_when, wish, region) => {
    expect(rebase(wish, region)).toBeUndefined();
  });

  it('removes what is as it was, and brings back what is gone', () => {
    expect(rebase(change(STATE, null), now())).toEqual(change(STATE, null));
    expect(rebase(change(null, STATE), null)).toEqual(change(null, STATE));
  });
});
