import { bucketOf, upperEdgeOf } from '../../kernel/log-buckets.js';
import { escapeHelp, escapeLabel } from './label-text.js';
import type { Distribution, MetricFamily } from './metric.js';
import type { AnyCounter, AnyGauge, MetricRegistry } from './metric-registry.js';

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

/** Units that OpenMetrics is told of: a family's name ends in its unit. */
const UNIT = /_(seconds|bytes|ratio)$/;

/** A bound of buckets and its text. */
interface Edge {
  readonly bucket: number;
  readonly le: string;
}

/** Renders every metric. Histograms publish a fixed subset of their bucket edges, so counts stay exact. */
export function renderPrometheus(registry: MetricRegistry, format: ExpositionFormat): string {
  const isOpen = format === 'openmetrics';
  let text = '';
  for (const counter of registry.counters()) {
    // OpenMetrics names the family without the suffix its samples carry.
    const name = isOpen ? counter.name.replace(/_total$/, '') : counter.name;
    text += header({ name, help: counter.help }, 'counter', isOpen) + numberLines(counter);
  }
  for (const gauge of registry.gauges()) text += header(gauge, 'gauge', isOpen) + numberLines(gauge);
  for (const distribution of registry.distributions()) {
    text += header(distribution, 'histogram', isOpen) + histogramLines(distribution, isOpen);
  }
  return isOpen ? `${text}# EOF\n` : text;
}

function header({ name, help }: MetricFamily, type: string, isOpen: boolean): string {
  const unit = isOpen ? UNIT.exec(name)?.[1] : undefined;
  const units = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
  const text = isOpen ? escapeLabel(help) : escapeHelp(help);
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n${units}`;
}

function numberLines(metric: AnyCounter | AnyGauge): string {
  const { name } = metric;
  let text = '';
  metric.visit((pairs, value) => {
    text += `${name}${pairs === '' ? '' : `{${pairs}}`} ${formatNumber(value)}\n`;
  });
  return text;
}

function histogramLines(distribution: Distribution<string>, isOpen: boolean): string {
  const { name } = distribution;
  const edges = edgesOf(name, isOpen);
  const buckets = edges.map(({ bucket }) => bucket);
  let text = '';
  distribution.visit((pairs, histogram) => {
    const bucket = `${name}_bucket{${pairs}${pairs === '' ? '' : ','}le="`;
    const plain = pairs === '' ? '' : `{${pairs}}`;
    for (const [index, below] of histogram.cumulativeCounts(buckets).entries()) {
      text += `${bucket}${edges[index]?.le ?? ''}"} ${below}\n`;
    }
    const { count, sum } = histogram;
    text += `${bucket}+Inf"} ${count}\n${name}_sum${plain} ${formatNumber(sum)}\n${name}_count${plain} ${count}\n`;
  });
  return text;
}

function edgesOf(name: string, isOpen: boolean): Edge[] {
  const { from, to, step } = name.endsWith('_seconds') ? SECONDS_EDGES : OTHER_EDGES;
  const first = bucketOf(from);
  const length = Math.ceil((bucketOf(to) - first) / step) + 1;
  return Array.from({ length }, (_, index) => {
    const bucket = first + index * step;
    const le = formatNumber(upperEdgeOf(bucket));
    // OpenMetrics wants to see that a bound is no whole number by nature.
    return { bucket, le: isOpen && /^\d+$/.test(le) ? `${le}.0` : le };
  });
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
