import { expectedVersion } from './expected-version.js';

const versionOf = (header: string | undefined, inBody?: number): number | undefined =>
  expectedVersion({ get: () => header } as unknown as Parameters<typeof expectedVersion>[0], inBody);

describe('expectedVersion', () => {
  it.each<[string | undefined, number | undefined]>([
    ['"3"', 3],
    [' "120" ', 120],
    ['*', undefined],
    [undefined, undefined],
  ])('takes %s for %s', (header, version) => {
    expect(versionOf(header)).toBe(version);
  });

  it.each(['W/"3"', '"03"', '"0"', '"x"', '""', '"*"', '"-1"', '"3.0"', '"1e0"', '"9999999999999999"'])(
    'takes %s, which no answer has, for a version that nothing has',
    (header) => {
      expect(versionOf(header)).toBe(0);
    },
  );

  it.each([
    '3',
    '',
    'W/3',
    'w/"3"',
    '"3',
    '3"',
    '"1", "2"',
    '"1","2"',
    '*, "1"',
    '"a b"',
    '"a"b"',
    '-1',
    '1.5',
  ])('refuses %s, which is no tag', (header) => {
    expect(() => versionOf(header)).toThrow('If-Match');
  });

  it('takes the version of the body, and refuses two that differ', () => {
    expect(versionOf(undefined, 4)).toBe(4);
    expect(versionOf('*', 4)).toBe(4);
    expect(versionOf('"4"', 4)).toBe(4);
    expect(() => versionOf('"5"', 4)).toThrow('another version');
    expect(() => versionOf('W/"4"', 4)).toThrow('another version');
  });
});
