import { CacheTagError } from './errors.js';
import { selectionTag, tagOf } from './tags.js';

describe('tagOf', () => {
  it('gives different parts different tags, whatever signs they hold', () => {
    const tags = [
      tagOf('a', 'b'),
      tagOf('a:b'),
      tagOf('a%3ab'),
      tagOf('a', ''),
      tagOf('a', '*'),
      tagOf('a', 'b:'),
    ];

    expect(new Set(tags).size).toBe(tags.length);
  });

  it.each([[undefined], [null], [5], [{}]])(
    'refuses %j as a part: the tag would be that of nobody',
    (part: unknown) => {
      expect(() => tagOf('accounts', part as string)).toThrow(CacheTagError);
    },
  );
});

describe('selectionTag', () => {
  it('keeps any series apart from one that is named like it', () => {
    expect(selectionTag('1', {})).not.toBe(selectionTag('1', { scraperSource: '*', metricType: '*' }));
  });
});
