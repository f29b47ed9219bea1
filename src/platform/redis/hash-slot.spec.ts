import { hashSlot } from './hash-slot.js';

describe('hashSlot', () => {
  // As CLUSTER KEYSLOT answers.
  it.each([
    ['', 0],
    ['123456789', 12_739],
    ['foo', 12_182],
    ['{foo}bar', 12_182],
    ['bar{foo}{x}', 12_182],
    ['{foo', 13_308],
  ])('of %p is %i', (key, slot) => {
    expect(hashSlot(key)).toBe(slot);
  });

  it('takes the whole key when nothing stands in its braces', () => {
    expect(hashSlot('{}foo')).not.toBe(hashSlot('foo'));
  });
});
