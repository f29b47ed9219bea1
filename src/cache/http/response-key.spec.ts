import { responseKey, scopeOfResponseKey } from './response-key.js';

const PARTS = { entity: 'http-things', scope: '7', query: { limit: 5 }, params: {}, generation: 0 } as const;

describe('responseKey', () => {
  it('names entity, scope and question', () => {
    expect(responseKey(PARTS)).toBe('http-things:7:limit=~5');
  });

  it('is another one for each scope, question, path and generation', () => {
    const keys = [
      PARTS,
      { ...PARTS, scope: '7:limit=~5' },
      { ...PARTS, query: {} },
      { ...PARTS, params: { limit: '5' } },
      { ...PARTS, query: { '/limit': 5 } },
      { ...PARTS, generation: 1 },
    ].map(responseKey);

    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('scopeOfResponseKey', () => {
  it.each(['7', 'a:b', '%3A', '100%', ':'])('finds the scope %s', (scope) => {
    expect(scopeOfResponseKey(responseKey({ ...PARTS, scope }))).toBe(scope);
  });

  it.each(['account:7:x', 'http-things', 'http-things:7', 'xhttp-things:7:x', 'http-:7:x'])(
    'finds none in %s',
    (key) => {
      expect(scopeOfResponseKey(key)).toBeUndefined();
    },
  );
});
