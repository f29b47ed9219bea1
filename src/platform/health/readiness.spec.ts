import type { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Readiness } from './readiness.js';

const PROBES = 100;

/** As terminus does it, without its bounds of time. */
function readiness(): Readiness {
  const health = { check: (all: readonly (() => unknown)[]) => Promise.all(all.map((one) => one())) };
  const session = {
    attempt: (work: () => Promise<void>) => ({ withTimeout: () => work() }),
    up: () => ({}),
    down: () => ({}),
    degraded: () => ({}),
  };
  const indicators = { check: () => session };
  return new Readiness(
    health as unknown as HealthCheckService,
    indicators as unknown as HealthIndicatorService,
  );
}

describe('Readiness', () => {
  it('checks once for all who ask meanwhile, and anew for those who ask later', async () => {
    const subject = readiness();
    let checks = 0;
    subject.register({
      name: 'database',
      isRequired: true,
      check: () => {
        checks += 1;
        return Promise.resolve({ status: 'up' });
      },
    });

    const reports = await Promise.all(Array.from({ length: PROBES }, () => subject.report()));
    const checksOfAll = checks;
    await subject.report();

    expect(new Set(reports.map(({ status }) => status))).toEqual(new Set(['ready']));
    expect([checksOfAll, checks]).toEqual([1, 2]);
  });
});
