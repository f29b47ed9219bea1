import { Random } from '../../../test/support/random.js';
import { AdaptiveBatchSize, type ChunkMeasure } from './batch-size.js';

const MB = 1_000_000;

function chunk(rows: number, measure: Partial<ChunkMeasure> = {}): ChunkMeasure {
  return { rows, fixedMs: 2, dataMs: rows * 0.005, memoryDeltaBytes: MB, hadLockError: false, ...measure };
}

/** After `count` chunks of one cost. */
function settled(msPerRow: number, { fixedMs = 2, count = 30 } = {}): AdaptiveBatchSize {
  const size = new AdaptiveBatchSize();
  for (let n = 0; n < count; n += 1) size.record(chunk(size.next, { fixedMs, dataMs: size.next * msPerRow }));
  return size;
}

describe('AdaptiveBatchSize', () => {
  it('begins with 1,000 rows, or as many as its bounds allow', () => {
    expect(new AdaptiveBatchSize().next).toBe(1_000);
    expect(new AdaptiveBatchSize({ most: 500 }).next).toBe(500);
    expect(new AdaptiveBatchSize({ least: 2_000 }).next).toBe(2_000);
  });

  it.each([
    ['the fixed cost is a twentieth of the data', 0.02, 2, 2_000],
    ['a chunk takes a quarter of a second', 0.2, 50, 1_000],
    ['the most is reached', 0.001, 2, 5_000],
    ['the least is reached', 10, 2, 100],
    ['the least is reached, for the fixed cost alone is too much', 0.1, 300, 100],
  ])('settles where %s', (_, msPerRow, fixedMs, rows) => {
    expect(settled(msPerRow, { fixedMs }).next).toBe(rows);
  });

  it('grows to the double at most', () => {
    const size = new AdaptiveBatchSize();

    size.record(chunk(1_000, { dataMs: 1 }));
    expect(size.next).toBe(2_000);
    size.record(chunk(2_000, { dataMs: 2 }));
    expect(size.next).toBe(4_000);
    size.record(chunk(4_000, { dataMs: 4 }));
    expect(size.next).toBe(5_000);
  });

  it.each([
    [49 * MB, 2_000],
    [50 * MB, 1_000],
    [200 * MB, 1_000],
    [201 * MB, 500],
  ])('after a chunk that took %d bytes of memory has %d rows', (memoryDeltaBytes, rows) => {
    const size = new AdaptiveBatchSize();

    size.record(chunk(1_000, { dataMs: 1, memoryDeltaBytes }));

    expect(size.next).toBe(rows);
  });

  it('is halved when another transaction is in the way, down to the least', () => {
    const size = new AdaptiveBatchSize();
    const sizes = Array.from({ length: 5 }, () => {
      size.record(chunk(0, { hadLockError: true }));
      return size.next;
    });

    expect(sizes).toEqual([500, 250, 125, 100, 100]);
  });

  it('loses three tenths after a chunk that was twice as slow as expected', () => {
    const size = settled(0.02);

    size.record(chunk(2_000, { dataMs: 81 }));

    expect(size.next).toBe(1_400);
  });

  it('takes no single slow chunk for the rule: it grows back', () => {
    const size = settled(0.02);
    size.record(chunk(2_000, { dataMs: 200 }));

    size.record(chunk(size.next, { dataMs: size.next * 0.02 }));

    expect(size.next).toBe(2_000);
  });

  it('learns nothing from a chunk without rows', () => {
    const size = settled(0.02);

    size.record(chunk(0, { dataMs: 0 }));

    expect(size.next).toBe(2_000);
  });

  it.each([1, 2, 3, 4])('keeps the rules of B3 whatever chunks cost (seed %d)', (seed) => {
    const random = new Random(seed);
    const size = new AdaptiveBatchSize();
    for (let n = 0; n < 2_000; n += 1) {
      const before = size.next;
      const memoryDeltaBytes = random.of([-50, 0, 10, 49, 50, 120, 200, 201, 900]) * MB;
      const dataMs = random.of([0, 1, 20, 300, 5_000]) * random.fraction();
      const hadLockError = random.below(10) === 0;

      size.record(
        chunk(random.below(before + 1), {
          memoryDeltaBytes,
          dataMs,
          hadLockError,
          fixedMs: random.below(400),
        }),
      );

      expect(Number.isInteger(size.next)).toBe(true);
      expect(size.next).toBeGreaterThanOrEqual(100);
      expect(size.next).toBeLessThanOrEqual(Math.min(5_000, before * 2));
      if (memoryDeltaBytes >= 50 * MB) expect(size.next).toBeLessThanOrEqual(before);
      if (memoryDeltaBytes > 200 * MB || hadLockError)
        expect(size.next).toBe(Math.max(100, Math.round(before / 2)));
    }
  });
});
