import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import client from 'prom-client';
import { MetricRegistry } from './metric-registry.js';
import { renderPrometheus } from './prometheus-text.js';

const HELP = 'Back\\slash and\nnew line.';
const LABELS = { route: 'quote " back\\slash\nline', status: '200' };

/** The same counter and gauge in prom-client, the reference of the format. */
async function reference(): Promise<string> {
  const register = new client.Registry();
  const registers = [register];
  const labelNames = ['route', 'status'];
  new client.Counter({ name: 'http_requests_total', help: HELP, labelNames, registers }).inc(LABELS, 3);
  new client.Gauge({ name: 'pool_used_ratio', help: HELP, registers }).set(0.5);
  return register.metrics();
}

/** A metric as another project's parser reads it. */
interface Parsed {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
}

const parse = createRequire(import.meta.url)('parse-prometheus-text-format') as (
  text: string,
) => readonly Parsed[];

/** One metric of each kind, with whatever a label may hold. */
function someMetrics(): MetricRegistry {
  const registry = new MetricRegistry();
  registry.counter('http_requests_total', { help: HELP, labels: ['route', 'status'] }).increment(LABELS, 3);
  registry.gauge('pool_used_ratio', { help: 'How much of the pool is used.' }).set({}, 0.5);
  const wait = registry.distribution('http_wait_seconds', { help: 'Waits.' });
  for (const value of [0, 0.0005, 0.3]) wait.record({}, value);
  return registry;
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function sorted(text: string): string[] {
  return text.split('\n').filter(Boolean).sort();
}

describe('renderPrometheus', () => {
  it('writes counters and gauges as prom-client does, escapes included', async () => {
    const registry = new MetricRegistry();
    registry.counter('http_requests_total', { help: HELP, labels: ['route', 'status'] }).increment(LABELS, 3);
    registry.gauge('pool_used_ratio', { help: HELP }).set({}, 0.5);

    expect(sorted(renderPrometheus(registry, 'text'))).toEqual(sorted(await reference()));
  });

  it('writes histograms with rising cumulative buckets that end in +Inf, the sum and the count', () => {
    const registry = new MetricRegistry();
    const wait = registry.distribution('http_wait_seconds', { help: 'x', labels: ['route'] });
    for (const value of [0, 0.0005, 0.3, 0.3, 500]) wait.record({ route: '/a' }, value);

    const lines = renderPrometheus(registry, 'text').split('\n');
    const buckets = lines.filter((line) => line.startsWith('http_wait_seconds_bucket'));
    const counts = buckets.map((line) => Number(line.split(' ').at(-1)));

    expect(buckets.length).toBeLessThan(30);
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
    expect(counts.at(-2)).toBe(4);
    expect(buckets.at(-1)).toBe('http_wait_seconds_bucket{route="/a",le="+Inf"} 5');
    expect(lines).toContain('http_wait_seconds_sum{route="/a"} 500.6005');
    expect(lines).toContain('http_wait_seconds_count{route="/a"} 5');
  });

  it('publishes the same edges whatever was recorded', () => {
    const edgesAfter = (...values: number[]): (string | undefined)[] => {
      const registry = new MetricRegistry();
      const size = registry.distribution('http_body_bytes', { help: 'x' });
      for (const value of values) size.record({}, value);
      return renderPrometheus(registry, 'text')
        .split('\n')
        .map((line) => /le="(.*)"/.exec(line)?.[1])
        .filter((edge) => edge !== undefined);
    };

    expect(edgesAfter(1, 1e12)).toEqual(edgesAfter());
  });

  it('is read by a parser of another project', () => {
    const [counter, gauge, histogram] = parse(renderPrometheus(someMetrics(), 'text'));

    expect(counter).toEqual({
      name: 'http_requests_total',
      help: HELP,
      type: 'COUNTER',
      metrics: [{ value: '3', labels: LABELS }],
    });
    expect(gauge).toMatchObject({ type: 'GAUGE', metrics: [{ value: '0.5' }] });
    expect(histogram).toMatchObject({
      type: 'HISTOGRAM',
      metrics: [{ count: '3', sum: '0.3005', buckets: { '+Inf': '3' } }],
    });
  });

  // Where Prometheus is installed (Debian package `prometheus`); elsewhere the report says that it was left out.
  (hasPromtool ? it : it.skip)('passes promtool check metrics', () => {
    const input = renderPrometheus(someMetrics(), 'text');
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('writes bounds of OpenMetrics buckets as numbers with a fraction', () => {
    const registry = new MetricRegistry();
    registry.distribution('http_body_bytes', { help: 'x' });

    expect(renderPrometheus(registry, 'openmetrics')).toContain('http_body_bytes_bucket{le="1.0"} 0');
    expect(renderPrometheus(registry, 'text')).toContain('http_body_bytes_bucket{le="1"} 0');
  });

  it('names OpenMetrics counter families without _total and ends with # EOF', () => {
    const registry = new MetricRegistry();
    registry.counter('http_requests_total', { help: 'Requests.' });
    registry.observedGauge('pool_left_ratio', { help: 'x' }, () => -Infinity);

    expect(renderPrometheus(registry, 'openmetrics').split('\n')).toEqual([
      '# HELP http_requests Requests.',
      '# TYPE http_requests counter',
      'http_requests_total 0',
      '# HELP pool_left_ratio x',
      '# TYPE pool_left_ratio gauge',
      '# UNIT pool_left_ratio ratio',
      'pool_left_ratio -Inf',
      '# EOF',
      '',
    ]);
  });
});
