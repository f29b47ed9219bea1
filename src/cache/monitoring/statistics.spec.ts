import { CountingIds } from '../../../test/support/counting-ids.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import type { CacheAlert } from './cache-alerts.js';
import { CacheStatistics } from './statistics.js';

describe('CacheStatistics', () => {
  let clock: FakeClock;
  let alerts: CacheAlert[];
  let statistics: CacheStatistics;

  beforeEach(() => {
    clock = new FakeClock();
    alerts = [];
    const bounds = { maxEntries: 10, maxBytes: 1_000 };
    const ids = new CountingIds();
    statistics = new CacheStatistics({ clock, ids, bounds, tellAlert: (alert) => alerts.push(alert) });
  });

  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) statistics.tick();
  };
  const codes = (): string[] => statistics.report().recommendations.map(({ code }) => code);

  it('tells once that the hit ratio is low, and once that it is good again', () => {
    const { counters } = statistics;
    counters.l1Misses += 60;
    counters.l1Hits += 40;
    pass(3);
    expect(alerts).toMatchObject([
      { kind: 'low-hit-ratio', state: 'raised', value: 0.4, threshold: 0.5, windowMs: 300_000, reads: 100 },
    ]);
    expect(statistics.report().alerts).toHaveLength(1);

    counters.l1Hits += 15;
    pass(1);
    expect(alerts).toHaveLength(1);
    counters.l1Hits += 100;
    pass(2);

    expect(alerts.map(({ state }) => state)).toEqual(['raised', 'resolved']);
    expect(statistics.report().alerts).toEqual([]);
  });

  it('says nothing of the ratios of a few reads', () => {
    statistics.counters.l1Misses = 99;
    statistics.counters.evictions = 99;

    pass(5);

    expect(alerts).toEqual([]);
  });

  it('tells that entries have to make room too often', () => {
    const { counters } = statistics;
    counters.l1Hits = 1_000;
    counters.evictions = 110;
    pass(1);

    expect(alerts).toMatchObject([{ kind: 'high-eviction-ratio', value: 0.11 }]);
  });

  it('recommends more room when evicted keys are asked for again, and not when they are read once', () => {
    const { counters } = statistics;
    counters.l1Hits = 1_000;
    const evict = (prefix: string): void => {
      for (let index = 0; index < 160; index += 1) {
        statistics.recordEviction(`${prefix}:${index}`);
        if (index % 2 === 0) statistics.tick();
      }
    };
    evict('once');
    pass(60);
    expect(codes()).toEqual([]);

    evict('again');
    for (let index = 0; index < 160; index += 1) statistics.recordRead(`again:${index}`, 'l2', 1);

    const [found] = statistics.report().recommendations;
    expect(found).toMatchObject({ code: 'L1_TOO_SMALL', figures: { evictionRatio: 0.32, maxEntries: 10 } });
    expect(found?.figures.gainedHitRatio).toBeGreaterThan(0.1);
  });

  it('does not blame want of room for what Redis did not have either', () => {
    statistics.counters.l2Misses = 1;
    statistics.recordEviction('x:1');
    statistics.recordRead('x:1', 'loader', 1);

    expect(statistics.counters.evictionsRegretted).toBe(0);
  });

  it('counts a value from Redis as a hit, and a load as none', () => {
    const { counters } = statistics;
    counters.l1Hits = 50;
    counters.l1Misses = 50;
    counters.l2Hits = 30;
    counters.l2Misses = 20;
    pass(1);

    expect(statistics.report().windows['1m']).toMatchObject({
      reads: 100,
      hitRatio: 0.8,
      l1HitRatio: 0.5,
      l2HitRatio: 0.6,
    });
  });

  it('keeps a table of the forms keys have, bounded', () => {
    for (let index = 0; index < 1_000; index += 1) statistics.recordStore(`entity-${index}:1`, 100, 60_000);
    statistics.recordStore('account:1:summary', 300, 1_000);
    statistics.recordRead('account:1:summary', 'loader', 12);
    statistics.sampleHit('account:1:summary', () => undefined);

    const { shapes } = statistics.report();

    expect(shapes).toHaveLength(201);
    expect(shapes.map(({ stores }) => stores).reduce((sum, stores) => sum + stores)).toBe(1_001);
    expect(shapes[0]).toMatchObject({ shape: 'other', l1Hits: 256, loads: 1, stores: 801 });
  });

  it.each([
    ['SHAPE_NEVER_HIT', { shape: 'audit:*', stores: 2_560, meanTtlMs: 60_000 }, 100],
    ['VALUES_TOO_LARGE', { shape: 'audit:*', stores: 2_560, meanBytes: 200_000 }, 200_000],
  ])('recommends by %s with the figures that led to it', (code, figures, bytes) => {
    for (let index = 0; index < 2_560; index += 1) statistics.recordStore(`audit:${index}`, bytes, 60_000);

    const found = statistics.report().recommendations.find((one) => one.code === code);

    expect(found?.figures).toEqual(figures);
    expect(found?.advice).not.toBe('');
  });

  it('recommends longer TTLs, grace and a look at failing loads', () => {
    const { counters } = statistics;
    Object.assign(counters, {
      l1Hits: 500,
      l1Misses: 500,
      loads: 500,
      loadFailures: 100,
      poisoned: 1,
    });
    for (let index = 0; index < 400; index += 1) statistics.recordExpired('x:1', 500, 1_000);
    for (let index = 0; index < 200; index += 1) statistics.recordRead('x:1', 'loader', 400);
    pass(1);

    expect(codes()).toEqual(['TTL_TOO_SHORT', 'GRACE_WORTH_SETTING', 'LOADS_FAIL', 'FOREIGN_VALUES']);
  });

  it('does not take a TTL for too short when nobody reads the entry again in the same time', () => {
    Object.assign(statistics.counters, { l1Hits: 500, l1Misses: 500 });
    for (let index = 0; index < 400; index += 1) statistics.recordExpired('x:1', 1_001, 1_000);
    pass(1);

    expect(statistics.counters).toMatchObject({ expired: 400, expiredSoon: 0 });
    expect(codes()).toEqual([]);
  });

  it('tells where the values are that would live too short', () => {
    Object.assign(statistics.counters, { l1Hits: 500, l1Misses: 500 });
    statistics.recordStore('often:1', 10, 1_000);
    for (let index = 0; index < 300; index += 1) statistics.recordExpired(index < 10 ? 'x' : 'often:1', 0, 1);
    pass(1);

    expect(statistics.report().recommendations).toMatchObject([
      { code: 'TTL_TOO_SHORT', figures: { expiredSoon: 300, mostlyShape: 'often:*', meanTtlMs: 1_000 } },
    ]);
  });

  it('recommends not to keep what cannot be compressed', () => {
    Object.assign(statistics.counters, {
      largeFills: 10,
      largePlainBytes: 2_000_000,
      largeStoredBytes: 1_900_000,
    });

    expect(statistics.report().recommendations).toMatchObject([
      { code: 'COMPRESSION_WASTED', figures: { savedShare: 0.05 } },
    ]);
  });

  it('recommends nothing without evidence', () => {
    pass(10);

    expect(statistics.report()).toMatchObject({
      recommendations: [],
      windows: { '1h': { reads: 0, hitRatio: null, evictionRatio: null } },
      latencyMs: { l2: { count: 0, p95: null } },
      entrySize: { trend: 'unknown' },
    });
  });

  it('sees entries grow', () => {
    for (let index = 0; index < 100; index += 1) statistics.recordStore('x:1', 100, 1);
    pass(1_000);
    for (let index = 0; index < 10; index += 1) statistics.recordStore('x:1', 900, 1);
    pass(1);

    expect(statistics.report().entrySize).toMatchObject({
      recentBytes: 900,
      trend: 'growing',
      p50Bytes: 900,
      largestBytes: 900,
    });
  });

  it('names the keys least read, longest in the process first, and those most read', () => {
    statistics.watch({ size: 4, bytes: 9, keys: () => ['hot:1', 'old:1', 'mild:1', 'new:1'].values() });
    statistics.sampleHit('hot:1', () => undefined);
    statistics.recordHit('mild:1', 0);

    expect(statistics.coldest()).toEqual([
      { key: 'old:1', reads: 0 },
      { key: 'new:1', reads: 0 },
      { key: 'mild:1', reads: 1 },
      { key: 'hot:1', reads: 256 },
    ]);
    expect(statistics.hottest()).toEqual([
      { key: 'hot:1', reads: 256 },
      { key: 'mild:1', reads: 1 },
    ]);
  });
});
