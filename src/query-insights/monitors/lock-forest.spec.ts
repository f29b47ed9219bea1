import { growForest, type LockWait } from './lock-forest.js';

describe('growForest', () => {
  it('finds the root of a chain, and how far each is from it', () => {
    const waits = Array.from({ length: 10 }, (_, index) => ({ pid: 11 - index, blockedBy: [10 - index] }));

    const { trees, deadlocked } = growForest(waits);

    expect(trees).toHaveLength(1);
    expect(trees[0]?.root).toBe(1);
    expect(trees[0]?.waiting.map(({ pid, depth }) => [pid, depth])).toEqual(
      Array.from({ length: 10 }, (_, index) => [index + 2, index + 1]),
    );
    expect(deadlocked).toEqual([]);
  });

  it('shows each session once, below the last of those it waits for', () => {
    const { trees } = growForest([
      { pid: 3, blockedBy: [1, 2] },
      { pid: 2, blockedBy: [1] },
      { pid: 4, blockedBy: [1] },
    ]);

    expect(trees).toEqual([
      {
        root: 1,
        waiting: [
          { pid: 2, blockedBy: [1], depth: 1 },
          { pid: 3, blockedBy: [1, 2], depth: 2 },
          { pid: 4, blockedBy: [1], depth: 1 },
        ],
      },
    ]);
  });

  it('keeps trees apart, the largest first', () => {
    const { trees } = growForest([
      { pid: 2, blockedBy: [1] },
      { pid: 12, blockedBy: [11] },
      { pid: 13, blockedBy: [11, 11] },
    ]);

    expect(trees.map(({ root, waiting }) => [root, waiting.length])).toEqual([
      [11, 2],
      [1, 1],
    ]);
  });

  it('names those who wait in a circle, and those who wait for them', () => {
    const { trees, deadlocked } = growForest([
      { pid: 1, blockedBy: [2] },
      { pid: 2, blockedBy: [1] },
      { pid: 3, blockedBy: [2] },
      { pid: 5, blockedBy: [4] },
    ]);

    expect(deadlocked).toEqual([1, 2, 3]);
    expect(trees.map(({ root }) => root)).toEqual([4]);
  });

  it('knows prepared transactions by 0, and forgets waits that have just ended', () => {
    const { trees } = growForest([
      { pid: 1, blockedBy: [0] },
      { pid: 2, blockedBy: [] },
    ]);

    expect(trees).toEqual([{ root: 0, waiting: [{ pid: 1, blockedBy: [0], depth: 1 }] }]);
  });

  it('takes a chain of 5,000', () => {
    const waits: LockWait[] = Array.from({ length: 5_000 }, (_, index) => ({
      pid: index + 2,
      blockedBy: [index + 1],
    }));

    expect(growForest(waits.reverse()).trees[0]?.waiting.at(-1)?.depth).toBe(5_000);
  });
});
