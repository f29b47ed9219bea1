import { entityTagOf, isNamedBy } from './entity-tag.js';

const TAG = entityTagOf('{"success":true}');
const STRONG = TAG.slice(2);

describe('entityTagOf', () => {
  it('is a weak tag that depends on the body alone', () => {
    expect(TAG).toMatch(/^W\/"[\w-]{43}"$/);
    expect(entityTagOf('{"success":true}')).toBe(TAG);
    expect(entityTagOf('{"success":true} ')).not.toBe(TAG);
  });
});

describe('isNamedBy', () => {
  it.each([TAG, STRONG, `"other", ${TAG}`, `"a,b",W/"c" , ${TAG}`, `, ,${STRONG},\t`, '*', ' * '])(
    'finds it in %s',
    (header) => {
      expect(isNamedBy(header, TAG)).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    ',',
    '"other"',
    STRONG.slice(1, -1),
    `"x${STRONG}`,
    '"*"',
    'W/"a", "b"',
    `${TAG}junk`,
    `junk${TAG}`,
    `"a" ${TAG}`,
    `"x,${STRONG},y"`,
    `*, ${TAG}`,
    `w/${STRONG}`,
    `W/ ${STRONG}`,
    `W/${TAG}`,
  ])('does not find it in %s', (header) => {
    expect(isNamedBy(header, TAG)).toBe(false);
  });
});
