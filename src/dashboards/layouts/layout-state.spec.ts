import { RegionOverlapError } from '../errors.js';
import { refuseUnsound } from './layout-state.js';
import type { RegionState } from './region.js';

const GRID = { columns: 12, rows: 10 };
const AT_ZERO: RegionState = { x: 0, y: 0, width: 2, height: 2, title: '', kind: 'chart', content: {} };

const refusalOf = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('what would lie over another region', () => {
  it('is refused with the region in the way', () => {
    const there = { id: '7', version: 1, ...AT_ZERO };
    const change = { regionId: '8', before: null, after: { ...AT_ZERO, x: 1 } };

    const refusal = refusalOf(() => {
      refuseUnsound(GRID, [there], [change]);
    });

    expect(refusal).toBeInstanceOf(RegionOverlapError);
    expect(refusal).toMatchObject({
      message: expect.stringMatching(
        /^A region of 2 x 2 cells at \(1, 0\) lies over region 7, of 2 x 2 cells/,
      ),
      details: { inTheWay: { id: '7', x: 0 } },
    });
  });

  it('names no id that was never there, when both are of one request', () => {
    const changes = ['8', '9'].map((regionId) => ({ regionId, before: null, after: AT_ZERO }));

    const refusal = refusalOf(() => {
      refuseUnsound(GRID, [], changes);
    });

    expect(refusal).toMatchObject({
      message: expect.stringContaining('another one of the same request'),
      details: { inTheWay: { id: null } },
    });
  });
});
