import type { CacheService } from '../../cache/index.js';
import { type HealthIndicator, type Reading, shareReading } from '../../platform/health/index.js';

const COMMON = { component: 'cache', runbook: 'docs/how-to/optimise-the-cache.md' } as const;
const GOOD_HIT_RATIO = 0.9;
const GOOD_EVICTION_RATIO = 0.01;

/** What the cache says of the last five minutes. */
export function cacheIndicators(cache: CacheService): HealthIndicator[] {
  return [...ratioIndicators(cache), ...loadIndicators(cache)];
}

function ratioIndicators(cache: CacheService): HealthIndicator[] {
  const recent = () => cache.report().windows['5m'];
  return [
    {
      ...COMMON,
      name: 'hit-ratio',
      title: 'The share of reads that the cache answered',
      unit: 'ratio',
      knots: { good: GOOD_HIT_RATIO, bad: 0.4, weight: 40, scale: 'linear' },
      advice: 'See the recommendations of GET /metrics/cache: a larger cache, a longer TTL, or a warm-up.',
      read: () => {
        const { hitRatio, reads } = recent();
        return shareReading((hitRatio ?? 0) * reads, reads, GOOD_HIT_RATIO);
      },
    },
    {
      ...COMMON,
      name: 'eviction-ratio',
      title: 'The share of reads for which an entry had to make room',
      unit: 'ratio',
      knots: { good: GOOD_EVICTION_RATIO, bad: 0.15, weight: 20, scale: 'linear' },
      advice: 'Raise CACHE_MAX_SIZE or CACHE_MAX_BYTES.',
      read: () => {
        const { evictions, reads } = recent();
        return shareReading(evictions, reads, GOOD_EVICTION_RATIO);
      },
    },
  ];
}

function loadIndicators(cache: CacheService): HealthIndicator[] {
  return [
    {
      ...COMMON,
      name: 'redis-latency',
      title: 'The time of a read from Redis (p95)',
      unit: 'ms',
      knots: { good: 2, bad: 50, weight: 20, scale: 'log' },
      advice: 'Look at the load of Redis and at the way to it.',
      read: () => redisLatency(cache),
    },
    {
      ...COMMON,
      name: 'memory',
      title: 'The use of the memory that the cache may take',
      unit: 'ratio',
      // A full cache is as it should be: what it costs shows in evictions.
      knots: { good: 1, bad: 1.05, weight: 20, scale: 'linear' },
      advice: 'Lower CACHE_MAX_BYTES: the bound is not kept.',
      read: () => {
        const { bytes, maxBytes } = cache.report().memory;
        return { kind: 'value', value: bytes / maxBytes };
      },
    },
  ];
}

function redisLatency(cache: CacheService): Reading {
  const { state, latencyMs } = cache.report();
  if (state.bus === 'alone') return { kind: 'not-configured' };
  if (state.bus === 'cut-off') return { kind: 'no-data', reason: 'Redis does not answer' };
  const { p95 } = latencyMs.l2;
  return p95 === null ? { kind: 'insufficient' } : { kind: 'value', value: p95 };
}
