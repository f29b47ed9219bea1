import { Random } from '../../../test/support/random.js';
import { copyLine, parseCopyLine } from './copy-text.js';

describe('copyLine', () => {
  it.each([
    [['a', null, ''], 'a\t\\N\t\n'],
    [['\\N', '\\.', '\\'], '\\\\N\t\\\\.\t\\\\\n'],
    [['a\tb\nc\rd'], 'a\\tb\\nc\\rd\n'],
    [['ü😀\u2028'], 'ü😀\u2028\n'],
  ])('of %j is %j', (values, line) => {
    expect(copyLine(values)).toBe(line);
  });

  it.each([1, 2, 3, 4, 5])('is one line, and parseCopyLine gives its values back (seed %d)', (seed) => {
    const random = new Random(seed);
    const signs = ['\\', '\\N', '\\.', '\n', '\r', '\t', 'n', 'N', '\b', '\u2028', '\u2029', 'ü', '😀', '"'];
    const value = (): string | null =>
      random.below(10) === 0
        ? null
        : Array.from({ length: random.below(6) }, () => random.of(signs)).join('');

    for (let round = 0; round < 300; round += 1) {
      const values = Array.from({ length: 1 + random.below(5) }, value);

      const line = copyLine(values);

      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parseCopyLine(line.slice(0, -1))).toEqual(values);
    }
  });
});
