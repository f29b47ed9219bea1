import { thresholdRule } from '../../../test/support/foresight.js';
import type { StepHistory, StepRequest, StepValue } from '../../collectors/index.js';
import { Predictions } from './predictions.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.UTC(2026, 5, 30, 12);

/** Events in a five minutes' step: none from 21 to 9 o'clock, many in one hour of the afternoon. */
function eventsAt(at: number): number {
  const hour = Math.floor((at % DAY_MS) / HOUR_MS);
  if (hour < 9 || hour >= 21) return 0;
  return hour === 15 ? 150 : 50;
}

/** As history answers: without the steps that have no events. */
function stepsOf({ since }: StepRequest, stepMs: number, until: Date): StepValue[] {
  const all = Array.from({ length: (until.getTime() - since.getTime()) / stepMs }, (_, index) => {
    const at = new Date(since.getTime() + index * stepMs);
    return { at, value: eventsAt(at.getTime()) * (stepMs / 300_000) };
  });
  return all.filter(({ value }) => value > 0);
}

describe('predictions of counts', () => {
  it('take steps without events for zero: the afternoon is foreseen although the nights are silent', async () => {
    const history = {
      match: () => Promise.resolve([[{ id: 1 }]]),
      read: (requests: readonly StepRequest[], stepMs: number, until: Date) =>
        Promise.resolve(requests.map((request) => stepsOf(request, stepMs, until))),
    } as unknown as StepHistory;
    const rule = thresholdRule('1', '1', 'shop', { aggregation: 'count', threshold: 100 });
    const seen = { ruleId: '1', labels: { scraper: 'shop', metric: 'scrape' }, outcome: 'well' as const };

    const [told] = await new Predictions(history).foresee(
      [rule],
      [{ ...seen, value: 50, predictedAt: null, detail: null }],
      new Date(NOON),
    );

    const foreseenAt = told?.predictedAt?.getTime() ?? NaN;
    expect(foreseenAt).toBeGreaterThanOrEqual(NOON + 2.5 * HOUR_MS);
    expect(foreseenAt).toBeLessThanOrEqual(NOON + 3.5 * HOUR_MS);
  });
});
