import { CollectingLogger } from '../../../test/support/collecting-logger.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { HealthIndicators } from '../../platform/health/index.js';
import { ProcessVitals } from '../../platform/telemetry/index.js';
import { PerformanceHealth } from '../health/performance-health.js';
import { Sampler } from './sampler.js';

const MINUTE_MS = 60_000;

describe('Sampler', () => {
  it('keeps a minute that ends while earlier ones are being stored', async () => {
    const clock = new FakeClock();
    const health = new PerformanceHealth(new HealthIndicators(), clock);
    const sampler = new Sampler(health, new ProcessVitals(clock), clock, new CollectingLogger());
    sampler.onApplicationBootstrap();
    await clock.advance(MINUTE_MS);

    const stored = sampler.ended();
    await clock.advance(MINUTE_MS);
    sampler.forget(stored);

    expect(stored.map(({ sampledAt }) => sampledAt)).toEqual([new Date('2026-01-01T00:00:00Z')]);
    expect(sampler.ended().map(({ sampledAt }) => sampledAt)).toEqual([new Date('2026-01-01T00:01:00Z')]);
    sampler.onApplicationShutdown();
  });
});
