import { GhostTable } from './ghost-table.js';

function ghostsOf(capacity: number, keys: number): GhostTable {
  const ghosts = new GhostTable();
  ghosts.resize(capacity);
  for (let index = 0; index < keys; index += 1) ghosts.add(`k:${index}`);
  return ghosts;
}

/** How many of the keys from `from` to `to` are remembered. */
function remembered(ghosts: GhostTable, [from, to]: [number, number], span: number): number {
  let count = 0;
  for (let index = from; index < to; index += 1) if (ghosts.take(`k:${index}`) < span) count += 1;
  return count;
}

describe('GhostTable', () => {
  it.each([1_000, 20_000])(
    'remembers most of the last keys and none from before (capacity %i)',
    (capacity) => {
      const added = 5 * capacity;

      expect(remembered(ghostsOf(capacity, added), [added - capacity, added], capacity)).toBeGreaterThan(
        0.7 * capacity,
      );
      expect(remembered(ghostsOf(capacity, added), [0, added - 1.01 * capacity], capacity)).toBe(0);
    },
  );

  it('forgets a key that came back', () => {
    const ghosts = ghostsOf(100, 10);

    expect(ghosts.take('k:9')).toBe(0);

    expect(ghosts.take('k:9')).toBe(Infinity);
  });

  it('takes next to no key for another one', () => {
    const ghosts = ghostsOf(10_000, 10_000);

    expect(remembered(ghosts, [1_000_000, 1_100_000], 10_000)).toBeLessThan(10);
  });

  it('remembers nothing before it has places', () => {
    const ghosts = new GhostTable();

    ghosts.add('a');

    expect(ghosts.take('a')).toBe(Infinity);
  });
});
