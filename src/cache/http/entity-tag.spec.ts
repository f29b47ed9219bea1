import { entityTagOf, isNamedBy } from './entity-tag.js';

const TAG = entityTagOf('{"success":true}');

describe('entityTagOf', () => {
  it('is a strong tag that depends on the body alone', () => {
    expect(TAG).toMatch(/^"[\w-]{43}"$/);
    expect(entityTagOf('{"success":true}')).toBe(TAG);
    expect(entityTagOf('{"success":true} ')).not.toBe(TAG);
  });
});

describe('isNamedBy', () => {
  it.each([TAG, `W/${TAG}`, `"other", ${TAG}`, `"a,b",W/"c" , W/${TAG}`, '*', ' * '])(
    'finds it in %s',
    (header) => {
      expect(isNamedBy(header, TAG)).toBe(true);
    },
  );

  it.each([undefined, '', '"other"', TAG.slice(1, -1), `"x${TAG}`, '"*"', 'W/"a", "b"'])(
    'does not find it in %s',
    (header) => {
      expect(isNamedBy(header, TAG)).toBe(false);
    },
  );
});
