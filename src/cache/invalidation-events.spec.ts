import type { CacheService } from './cache.service.js';
import { CacheEvents, invalidationFor } from './invalidation-events.js';
import { metricsTag, selectionTag, tagOf } from './tags.js';

const TENANT = '7';

describe('selectionTag', () => {
  it('is a tag of its own for each selection', () => {
    const names = [
      'shop',
      '*',
      'a:b',
      'a%3ab',
      'a',
      'b',
      '%',
      'x'.repeat(200),
      ':'.repeat(200),
      `${':'.repeat(199)}*`,
    ];
    const tags = [undefined, ...names].flatMap((scraperSource) =>
      [undefined, ...names].map((metricType) => selectionTag(TENANT, { scraperSource, metricType })),
    );

    expect(new Set(tags).size).toBe(tags.length);
    expect(Math.max(...tags.map(({ length }) => length))).toBeLessThan(1_024);
  });

  it('is another one for each tenant', () => {
    expect(selectionTag('1', {})).not.toBe(selectionTag('2', {}));
    expect(metricsTag('1')).not.toBe(metricsTag('1:2'));
  });
});

describe('invalidationFor', () => {
  it('names the four selections of a series that got events, each once', () => {
    const series = [
      { scraperSource: 'shop', metricType: 'price' },
      { scraperSource: 'shop', metricType: 'stock' },
    ];

    const { tags } = invalidationFor({ type: 'metrics.ingested', tenantId: TENANT, series });

    const [price, stock] = [{ metricType: 'price' }, { metricType: 'stock' }];
    const selections = [{}, { scraperSource: 'shop' }, price, stock, ...series];
    expect([...(tags ?? [])].sort()).toEqual(selections.map((one) => selectionTag(TENANT, one)).sort());
  });

  it('names the tenant alone when there are too many, or when it is not known which', () => {
    const series = Array.from({ length: 200 }, (_, index) => ({
      scraperSource: `s${index}`,
      metricType: 'x',
    }));
    const ingested = { type: 'metrics.ingested', tenantId: TENANT } as const;

    expect(invalidationFor({ ...ingested, series })).toEqual({ tags: [metricsTag(TENANT)] });
    expect(invalidationFor({ ...ingested, series: 'all' })).toEqual({ tags: [metricsTag(TENANT)] });
    expect(invalidationFor({ ...ingested, series: series.slice(0, 100) }).tags).toHaveLength(202);
  });

  it('names all answers about measurements when some have expired', () => {
    expect(invalidationFor({ type: 'metrics.expired' })).toEqual({
      entities: [{ entity: 'http-stats' }, { entity: 'http-timeseries' }],
    });
  });

  it.each([
    [
      { type: 'account.updated', tenantId: TENANT, accountId: '42' },
      { entities: [{ entity: 'account', id: '42' }], tags: ['account:7:42', 'accounts:7'] },
    ],
    [
      { type: 'scraper.finished', tenantId: TENANT, scrapers: ['shop', 'a:b'] },
      { tags: ['scrapers:7', 'scraper:7:shop', 'scraper:7:a%3ab'] },
    ],
    [
      { type: 'region.changed', tenantId: TENANT, regionId: '3' },
      { entities: [{ entity: 'region', id: '3' }], tags: ['region:7:3', 'regions:7'] },
    ],
    [{ type: 'platform.changed', tenantId: TENANT, platform: 'x' }, { tags: ['platform:7:x'] }],
    [{ type: 'entity.changed', entity: 'user' }, { entities: [{ entity: 'user' }] }],
    [{ type: 'entity.changed', entity: 'user', id: '1' }, { entities: [{ entity: 'user', id: '1' }] }],
  ] as const)('%j', (event, invalidation) => {
    expect(invalidationFor(event)).toEqual(invalidation);
  });

  it.each([
    [{ type: 'nope' }],
    [{ type: 'toString' }],
    [{}],
    [null],
    [undefined],
    [{ type: 'metrics.ingested', tenantId: TENANT, series: null }],
    [{ type: 'metrics.ingested', tenantId: TENANT, series: [null] }],
    [{ type: 'metrics.ingested', tenantId: TENANT, series: [{ scraperSource: 'shop' }] }],
    [{ type: 'scraper.finished', tenantId: TENANT, scrapers: 'shop' }],
  ])('refuses %j, without throwing at once', async (event) => {
    const announced = new CacheEvents({} as CacheService).announce(event as never);

    await expect(announced).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID' });
  });

  it('keeps tags of one kind apart from those of another', () => {
    expect(tagOf('account', '1', '2')).not.toBe(tagOf('account', '1:2'));
  });
});
