import { RegionInput, RegionPatch } from './region-input.js';

const CELL = { x: 0, y: 0, width: 1, height: 1, kind: 'chart' };

describe('input of regions', () => {
  it('is what the database gives back: without -0, and complete', () => {
    const region = RegionInput.parse({ ...CELL, x: -0, content: { a: -0 } });

    expect(Object.is(region.x, 0) && Object.is(region.content['a'], 0)).toBe(true);
    expect(RegionInput.parse(CELL)).toEqual({ ...CELL, title: '', content: {} });
  });

  it.each([
    ['half a character', { a: ['\udc00'] }],
    ['NUL in a key', { 'a\0': 1 }],
    ['what is no JSON', { a: undefined, b: Infinity }],
    ['too much', { a: 'ü'.repeat(2_100) }],
    ['too many digits', { a: Array.from({ length: 20 }, () => 1e300) }],
    ['too many decimals', { a: { b: Array.from({ length: 20 }, () => 1e-300) } }],
  ])('has no content with %s', (_what, content: unknown) => {
    expect(RegionInput.safeParse({ ...CELL, content }).success).toBe(false);
  });

  it('names a field to change', () => {
    expect(RegionPatch.safeParse({ version: 3 }).success).toBe(false);
    expect(RegionPatch.safeParse({ version: 3, title: 'b' }).success).toBe(true);
  });
});
