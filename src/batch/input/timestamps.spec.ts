import { Random } from '../../../test/support/random.js';
import { microsOf, timestampOfMicros } from './timestamps.js';

describe('microsOf', () => {
  it.each([
    ['2000-01-01T00:00:00Z', 0n],
    ['2000-01-01T00:00Z', 0n],
    ['2000-01-01T00:00:00.000001Z', 1n],
    ['2000-01-01T00:00:00.1Z', 100_000n],
    ['1999-12-31T23:59:59.999999Z', -1n],
    ['2000-01-01T01:00:00+01:00', 0n],
    ['2024-02-29T00:00:00Z', 762_480_000_000_000n],
    ['0001-01-01T00:00:00Z', -63_082_281_600_000_000n],
  ])('of %s is %d', (text, micros) => {
    expect(microsOf(text)).toBe(micros);
  });

  it.each([
    '',
    '2000-01-01',
    '2000-01-01T00:00:00',
    '2000-01-01 00:00:00Z',
    '2000-01-01T00:00:00.1234567Z',
    '2000-01-01T00:00.5Z',
    '0000-01-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-01-01T25:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:00+16:00',
    '2023-01-01T00:00:00+01:75',
    '+10000-01-01T00:00:00Z',
    'now',
    'infinity',
  ])('has none for %p', (text) => {
    expect(microsOf(text)).toBeUndefined();
  });
});

describe('timestampOfMicros', () => {
  it('shows what microsOf read, in UTC', () => {
    const random = new Random(3);
    for (let round = 0; round < 1_000; round += 1) {
      const micros = BigInt(Math.round((random.fraction() - 0.5) * 1e16));

      expect(microsOf(timestampOfMicros(micros))).toBe(micros);
    }
  });

  it.each([
    [0n, '2000-01-01T00:00:00Z'],
    [-1n, '1999-12-31T23:59:59.999999Z'],
    [1_500_000n, '2000-01-01T00:00:01.500000Z'],
  ])('of %d is %s', (micros, text) => {
    expect(timestampOfMicros(micros)).toBe(text);
  });
});
