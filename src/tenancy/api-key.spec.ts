import { createHash } from 'node:crypto';
import { RandomIds } from '../kernel/ids.js';
import { generateApiKey, isKeyId, parseApiKey } from './api-key.js';

const SECRET = 's'.repeat(32);

describe('parseApiKey', () => {
  it('gives the id and the SHA-256 of the secret', () => {
    const secretHash = createHash('sha256').update(SECRET).digest();

    expect(parseApiKey(`plim_my.key-1_${SECRET}`)).toEqual({ id: 'my.key-1', secretHash });
  });

  it('takes an underscore in the secret as part of it', () => {
    expect(parseApiKey(`plim_a_${SECRET}_b`)?.id).toBe('a');
  });

  it.each([
    '',
    `plim_a_${'s'.repeat(31)}`,
    `plim__${SECRET}`,
    `PLIM_a_${SECRET}`,
    `plim_${'a'.repeat(65)}_${SECRET}`,
    `plim_a_${SECRET}\n`,
    `plim_a_${'ü'.repeat(32)}`,
    `plim_a_${'s'.repeat(513)}`,
  ])('refuses %j', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });
});

describe('generateApiKey', () => {
  it('gives keys that parse to the same parts and never repeat', () => {
    const keys = Array.from({ length: 100 }, () => generateApiKey(new RandomIds()));

    for (const { text, id, secretHash } of keys) expect(parseApiKey(text)).toEqual({ id, secretHash });
    expect(new Set(keys.map(({ id }) => id)).size).toBe(100);
  });
});

describe('isKeyId', () => {
  it.each(['nobody', 'a.b-c'])('accepts %j', (text) => {
    expect(isKeyId(text)).toBe(true);
  });

  it.each(['', '\u0000', '../x', 'a_b', 'x'.repeat(65)])('refuses %j', (text) => {
    expect(isKeyId(text)).toBe(false);
  });
});
