import type { Histogram } from '../../kernel/histogram.js';
import { bucketOf, upperEdgeOf } from '../../kernel/log-buckets.js';
import type { Labels, LabelledSeries } from './labelled-series.js';
import type { MetricFamily, NumberSample } from './metric.js';
import type { MetricRegistry } from './metric-registry.js';

/** Exposition formats Prometheus reads. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** Content type of each format. */
export const EXPOSITION_CONTENT_TYPE: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Range and step of the published bucket edges: about 20 a metric, always the same ones. */
interface EdgeRange {
  readonly from: number;
  readonly to: number;
  /** In log buckets: 36 is a factor of 2, 73 a factor of 4. */
  readonly step: number;
}

const SECONDS_EDGES: EdgeRange = { from: 0.0001, to: 120, step: 36 };
const OTHER_EDGES: EdgeRange = { from: 1, to: 4e9, step: 73 };

/** Renders every metric. Histograms publish a fixed subset of their bucket edges, so counts stay exact. */
export function renderPrometheus(registry: MetricRegistry, format: ExpositionFormat): string {
  const isOpen = format === 'openmetrics';
  const blocks = [
    ...registry.counters().map((counter) => {
      // OpenMetrics names the family without the suffix its samples carry.
      const family = isOpen ? { ...named(counter), name: counter.name.replace(/_total$/, '') } : counter;
      return block(family, 'counter', numberLines(counter.name, counter.samples()), isOpen);
    }),
    ...registry
      .gauges()
      .map((gauge) => block(gauge, 'gauge', numberLines(gauge.name, gauge.samples()), isOpen)),
    ...registry.distributions().map((distribution) => {
      const lines = distribution.samples().flatMap((sample) => histogramLines(distribution.name, sample));
      return block(distribution, 'histogram', lines, isOpen);
    }),
  ];
  return blocks.join('') + (isOpen ? '# EOF\n' : '');
}

function named({ name, help }: MetricFamily): MetricFamily {
  return { name, help };
}

function block(
  { name, help }: MetricFamily,
  type: string,
  lines: readonly string[],
  isOpen: boolean,
): string {
  const text = isOpen ? escapeLabel(help) : escapeHelp(help);
  return [`# HELP ${name} ${text}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function numberLines(name: string, samples: readonly NumberSample[]): string[] {
  return samples.map(({ labels, value }) => line(name, labels, value));
}

function histogramLines(name: string, { labels, value }: LabelledSeries<Histogram>): string[] {
  const edges = edgesOf(name);
  const buckets = value.cumulativeCounts(edges).map((count, index) => {
    return line(`${name}_bucket`, { ...labels, le: formatNumber(upperEdgeOf(edges[index] ?? 0)) }, count);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, value.count),
    line(`${name}_sum`, labels, value.sum),
    line(`${name}_count`, labels, value.count),
  ];
}

function edgesOf(name: string): number[] {
  const { from, to, step } = name.endsWith('_seconds') ? SECONDS_EDGES : OTHER_EDGES;
  const first = bucketOf(from);
  const length = Math.ceil((bucketOf(to) - first) / step) + 1;
  return Array.from({ length }, (_, index) => first + index * step);
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${formatNumber(value)}`;
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
