import type { LayoutChange, LayoutFeed } from '../../dashboards/index.js';
import { LayoutTruth } from './layout-truth.js';

const LAST = 9;

function truthOf(numbers: readonly number[], perPage: number): LayoutTruth {
  const changeOf = (number: number): LayoutChange => ({
    ...{
      tenantId: '1',
      layoutId: '7',
      number,
      layoutVersion: number,
      actor: 'anna',
      kind: 'update',
      changes: [],
    },
    at: new Date(0),
  });
  const feed: Pick<LayoutFeed, 'latest' | 'since'> = {
    latest: () => Promise.resolve(new Map([['7', LAST]])),
    since: (_layoutId, after) => {
      const found = numbers.filter((number) => number > after);
      const changes = found.slice(0, perPage).map(changeOf);
      return Promise.resolve({ changes, isMore: found.length > perPage });
    },
  };
  return new LayoutTruth(feed as LayoutFeed, '7');
}

describe('LayoutTruth', () => {
  it('has what came after a position, read a few at a time', async () => {
    const found = await truthOf([4, 5, 6, 7, 8, 9], 2).since({ seq: 4 });

    expect(found).toMatchObject({ isWhole: true, end: { seq: LAST } });
    expect(found.isWhole && found.events.map(({ position }) => position.seq)).toEqual([5, 6, 7, 8, 9]);
  });

  it.each([
    ['the first', [6, 7, 8, 9]],
    ['one between', [5, 6, 8, 9]],
    ['one between two reads', [5, 6, 7, 9]],
  ])('is not whole when %s is not kept any more', async (_what, numbers) => {
    expect(await truthOf(numbers, 3).since({ seq: 4 })).toEqual({ isWhole: false, end: { seq: LAST } });
  });
});
