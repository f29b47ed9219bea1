import type { HealthIndicator, Reading } from '../../platform/health/index.js';
import { reportHealth } from './health-report.js';

const AT = new Date('2026-05-04T09:30:00Z');

function indicator(name: string, read: () => Reading, component: HealthIndicator['component'] = 'database') {
  const knots = { good: 0.6, bad: 0.95, weight: 30, scale: 'linear' } as const;
  const texts = { title: 'The use of the pool', advice: 'Look there.', runbook: 'docs/runbooks/x.md' };
  return { component, name, unit: 'ratio', knots, read, ...texts } as const;
}

const value = (at: number) => (): Reading => ({ kind: 'value', value: at });

describe('reportHealth', () => {
  it.each<[string, () => Reading, string]>([
    ['says NaN', value(NaN), 'not a finite number'],
    ['says Infinity', value(Infinity), 'not a finite number'],
    ['has nothing to say', () => ({ kind: 'no-data', reason: 'away' }), 'away'],
    [
      'fails',
      () => {
        throw new TypeError('password of the server');
      },
      'reading it failed',
    ],
  ])('counts a source that %s as half bad, and says so', (_, read, reason) => {
    const { components, warnings, issues } = reportHealth([indicator('pool', read)], AT);

    expect(components['database']).toMatchObject({
      score: 85,
      noData: [{ indicator: 'pool', reason }],
      indicators: [{ indicator: 'pool', state: 'no-data', value: null, badness: 0.5 }],
    });
    expect([...warnings, ...issues].map(({ message }) => message)).toEqual([
      'The use of the pool: there is no data.',
    ]);
  });

  it('is well without any source', () => {
    expect(reportHealth([], AT)).toMatchObject({ overall: { score: 100 }, components: {}, issues: [] });
  });

  it('recommends what to do with the figures that led to it, and where to read on', () => {
    const { recommendations } = reportHealth([indicator('pool', value(0.95))], AT);

    expect(recommendations).toEqual([
      {
        component: 'database',
        indicator: 'pool',
        advice: 'Look there.',
        reason: 'The use of the pool is 95 %; good is 60 %, bad 95 %.',
        figures: { value: 0.95, unit: 'ratio', good: 0.6, bad: 0.95 },
        points: 60,
        runbook: 'docs/runbooks/x.md',
      },
    ]);
  });

  it('lets a component that is broken be seen in the whole', () => {
    const { overall } = reportHealth(
      [
        indicator('pool', value(1)),
        indicator('heap', value(0), 'application'),
        indicator('hits', value(0), 'cache'),
      ],
      AT,
    );

    expect(overall.score).toBeLessThan(70);
    expect(overall.healthy).toBe(false);
  });
});
