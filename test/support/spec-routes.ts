/** The routes of SPEC section 8, as it lists them, and what the issue of the suite adds. */
export const SPEC_ROUTES: readonly string[] = [
  'GET /metrics',
  'GET /metrics/health',
  'GET /metrics/summary',
  'GET /metrics/history',
  'GET /metrics/slow-queries',
  'GET /metrics/query-stats',
  'POST /metrics/query-plan',
  'GET /metrics/index-suggestions',
  'GET /metrics/cache',
  'GET /metrics/cache/hottest-keys',
  'POST /metrics/cache/warmup',
  'GET /metrics/cache/warmup/status',
  'POST /metrics/cache/clear',
  'GET /metrics/pool',
  'GET /metrics/pool/leaks',
  'GET /metrics/pool/long-running',
  'GET /metrics/locks',
  'GET /metrics/locks/contention',
  'POST /metrics/stats/reset',
  'GET /metrics/alerts',
  'GET /metrics/ping',
  'GET /metrics/stream',
  'GET /api/metrics/cache',
  'GET /api/performance',
];

/** A value's keys and the types of its values; the first item stands for a list, and no value for any. */
export type Shape = string | { readonly [key: string]: Shape } | readonly [Shape] | readonly [];

/** What can be compared of an answer and its example. */
export function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}

/**
 * Where two shapes disagree, by path. Null and empty lists agree with everything: there was nothing to show. Of records
 * whose keys are data (`series`, `components`, ...), what both have is compared.
 */
export function differences(real: Shape, example: Shape, path = ''): string[] {
  if (real === 'null' || example === 'null') return [];
  if (isList(real) && isList(example)) return listDifferences(real, example, path);
  if (isRecord(real) && isRecord(example)) return recordDifferences(real, example, path);
  return real === example ? [] : [`${path}: ${kindOf(real)} and in the example ${kindOf(example)}`];
}

function listDifferences([real]: List, [example]: List, path: string): string[] {
  return real === undefined || example === undefined ? [] : differences(real, example, `${path}[]`);
}

function recordDifferences(real: Fields, example: Fields, path: string): string[] {
  return [...new Set([...Object.keys(real), ...Object.keys(example)])].flatMap((key) => {
    const [left, right] = [real[key], example[key]];
    if (left !== undefined && right !== undefined) return differences(left, right, `${path}.${key}`);
    if (KEYED_BY_DATA.test(path)) return [];
    return [`${path}.${key}: ${left === undefined ? 'in the example alone' : 'not in the example'}`];
  });
}

type List = readonly Shape[];
type Fields = Readonly<Record<string, Shape>>;

function isList(shape: Shape): shape is readonly [Shape] | readonly [] {
  return Array.isArray(shape);
}

function isRecord(shape: Shape): shape is Fields {
  return typeof shape === 'object' && !Array.isArray(shape);
}

const KEYED_BY_DATA = /\.(components|now|recent|series|labels|errorClasses|waits|settings|conditions)$/;

function kindOf(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  return isList(shape) ? 'a list' : 'an object';
}
