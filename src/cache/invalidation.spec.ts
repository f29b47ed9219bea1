import { CacheOptionError } from './errors.js';
import { resolveInvalidation } from './invalidation.js';

describe('resolveInvalidation', () => {
  it.each([
    [{ keys: 'abc' }, 'keys'],
    [{ tags: 'abc' }, 'tags'],
    [{ entities: { entity: 'user' } }, 'entities'],
    [{ entities: [null] }, 'entities'],
    [{ entities: ['user'] }, 'entities'],
    [{ patterns: new Set(['*']) }, 'patterns'],
    [{ everything: true, keys: null }, 'keys'],
    [null, 'invalidate'],
    ['abc', 'invalidate'],
    [{}, 'invalidate'],
  ])('refuses %j', (what, option) => {
    expect(() => resolveInvalidation(what as never)).toThrow(CacheOptionError);
    expect(() => resolveInvalidation(what as never)).toThrow(`Cache option ${option} `);
  });
});
