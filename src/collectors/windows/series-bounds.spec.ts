import { cutsOf, MOST_OF_TENANT } from './series-bounds.js';

describe('bounds of matched series', () => {
  const any = (tenantId: string) => ({ tenantId, scraperSource: null, metricType: null });
  const series = (count: number) => Array.from({ length: count });

  it('refuse a pattern that matches too many by itself, whoever else asks', () => {
    const patterns = [any('1'), any('1')];

    expect(cutsOf(patterns, [series(501), series(500)], 500)).toEqual([true, false]);
  });

  it('refuse what is too many in all, of that tenant alone and never of a series that is named', () => {
    const full = Array.from({ length: MOST_OF_TENANT / 500 }, () => any('1'));
    const named = { tenantId: '1', scraperSource: 'shop', metricType: 'page' };
    const patterns = [...full, any('1'), named, any('2'), any('1')];
    const matched = [...full.map(() => series(500)), series(500), series(1), series(500), series(0)];

    const cuts = cutsOf(patterns, matched, 500);

    expect(cuts.slice(0, full.length)).not.toContain(true);
    expect(cuts.slice(full.length)).toEqual([true, false, false, false]);
  });
});
