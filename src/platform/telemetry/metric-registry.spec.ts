import { OVERFLOW_LABEL } from './labelled-series.js';
import { MetricRegistry } from './metric-registry.js';
import { snapshotMetrics } from './metrics-snapshot.js';

describe('MetricRegistry', () => {
  it.each([
    ['9requests_total', 'names are module_what_unit'],
    ['Http_requests_total', 'names are module_what_unit'],
    ['http_wait_ms_total', 'reserved'],
    ['rollup_hours_total', 'no base unit'],
    ['http_requests', 'ends in _total'],
  ])('refuses the counter name %s', (name, reason) => {
    expect(() => new MetricRegistry().counter(name, { help: 'x' })).toThrow(reason);
  });

  it.each(['http_wait_ms', 'http_wait_count', 'http_wait_seconds_total'])(
    'refuses the gauge name %s',
    (name) => {
      expect(() => new MetricRegistry().gauge(name, { help: 'x' })).toThrow(name);
    },
  );

  it('refuses a name that is taken, and the label name le', () => {
    const registry = new MetricRegistry();
    registry.counter('http_requests_total', { help: 'x' });

    expect(() => registry.counter('http_requests_total', { help: 'x' })).toThrow('taken');
    expect(() => registry.distribution('http_wait_seconds', { help: 'x', labels: ['le'] })).toThrow('label');
  });

  it('shares one series beyond the cap, whatever the labels are', () => {
    const registry = new MetricRegistry();
    const counter = registry.counter('http_requests_total', {
      help: 'x',
      labels: ['route', 'status'],
      maxSeries: 2,
    });

    for (const route of ['/a', '/b', '/c', '/d']) counter.increment({ route, status: '200' });

    expect(counter.samples()).toEqual([
      { labels: { route: '/a', status: '200' }, value: 1 },
      { labels: { route: '/b', status: '200' }, value: 1 },
      { labels: { route: OVERFLOW_LABEL, status: OVERFLOW_LABEL }, value: 2 },
    ]);
  });

  it('keeps label values apart that differ only in where a separator stands', () => {
    const counter = new MetricRegistry().counter('http_requests_total', { help: 'x', labels: ['a', 'b'] });

    counter.increment({ a: 'x","y', b: 'z' });
    counter.increment({ a: 'x', b: 'y","z' });

    expect(counter.samples()).toHaveLength(2);
  });

  it('gives no two families one name in OpenMetrics', () => {
    const registry = new MetricRegistry();
    registry.counter('http_requests_total', { help: 'x' });

    expect(() => registry.gauge('http_requests', { help: 'x' })).toThrow('taken');
  });

  it('adds to the same series through a bound function', () => {
    const counter = new MetricRegistry().counter('cache_hits_total', { help: 'x', labels: ['tier'] });
    const hit = counter.bind({ tier: 'l1' });

    hit();
    hit(2);
    counter.increment({ tier: 'l1' });

    expect(counter.samples()).toEqual([{ labels: { tier: 'l1' }, value: 4 }]);
  });

  it('shows the other metrics when one observed gauge fails', () => {
    const registry = new MetricRegistry();
    registry.observedGauge('pool_active_connections', { help: 'x' }, () => {
      throw new TypeError('gone');
    });
    registry.observedGauge('pool_idle_connections', { help: 'x' }, () => 3);

    expect(snapshotMetrics(registry).gauges.map(({ series }) => series)).toEqual([
      [],
      [{ labels: {}, value: 3 }],
    ]);
  });

  it('gives the figures of a distribution, and nulls while it is empty', () => {
    const registry = new MetricRegistry();
    registry.distribution('http_wait_seconds', { help: 'x' }).record({}, 2);
    registry.distribution('http_idle_seconds', { help: 'x' });

    const [wait, idle] = snapshotMetrics(registry).histograms;

    expect(wait?.series[0]).toEqual({ labels: {}, count: 1, sum: 2, min: 2, max: 2, p50: 2, p95: 2, p99: 2 });
    expect(idle?.series[0]).toMatchObject({ count: 0, min: null, p99: null });
  });
});
