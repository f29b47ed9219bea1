import { Allowance } from './allowance.js';
import { TokenBucket } from './token-bucket.js';

/** How many of so many frames, evenly over a time, are let through. */
function letThrough(frames: number, overMs: number, bytes = 10): number {
  const allowance = new Allowance(0);
  const times = Array.from({ length: frames }, (_, index) => (index * overMs) / frames);
  return times.filter((atMs) => allowance.take(bytes, atMs)).length;
}

describe('Allowance', () => {
  it('lets a burst through, and after it so many a second', () => {
    expect(letThrough(1_000, 0)).toBe(100);
    expect(letThrough(10_000, 10_000)).toBeGreaterThanOrEqual(598);
    expect(letThrough(10_000, 10_000)).toBeLessThanOrEqual(600);
    expect(letThrough(490, 10_000)).toBe(490);
  });

  it('counts bytes as well', () => {
    expect(letThrough(100, 0, 64 * 1_024)).toBe(8);
  });

  it('bears who is a little too fast, and not who does not stop', () => {
    const [little, flood] = [new Allowance(0), new Allowance(0)];

    const isBorne = (allowance: Allowance, everyMs: number) =>
      Array.from({ length: 1_000 }, (_, index) => allowance.noteRefusal(index * everyMs)).every(Boolean);

    expect(isBorne(little, 100)).toBe(true);
    expect(isBorne(flood, 1)).toBe(false);
  });
});

describe('TokenBucket', () => {
  it('says when it is worth to come again, and then there is enough', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 4 }, 0);
    bucket.take(4, 0);

    const waitMs = bucket.waitMs(1, 0);

    expect(waitMs).toBe(500);
    expect(bucket.take(1, waitMs - 1)).toBe(false);
    expect(bucket.take(1, waitMs)).toBe(true);
    expect(bucket.isFull(waitMs)).toBe(false);
    expect(bucket.isFull(10_000)).toBe(true);
  });

  it('gives nothing for a clock that goes back', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 1_000);
    bucket.take(1, 1_000);

    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 1_999)).toBe(false);
    expect(bucket.take(1, 2_000)).toBe(true);
  });
});
