import { Histogram } from '../../kernel/histogram.js';
import type { Aggregation } from '../model/condition.js';
import { SignalWindow } from './signal-window.js';

const STEP_MS = 5_000;
const AGGREGATIONS: readonly Aggregation[] = ['mean', 'min', 'max', 'sum', 'count', 'last', 'p50', 'p95'];

function valuesOf(window: SignalWindow, nowMs: number): Partial<Record<Aggregation, number | null>> {
  return Object.fromEntries(
    AGGREGATIONS.map((aggregation) => [aggregation, window.value(aggregation, nowMs)]),
  );
}

describe('the window of a signal', () => {
  it('has nothing before the first sample, and after the last one has left', () => {
    const window = new SignalWindow(60_000);
    expect(window.value('mean', 0)).toBeNull();

    window.add({ kind: 'gauge', value: 1 }, 0);

    expect([window.value('mean', 59_999), window.value('mean', 60_000)]).toEqual([1, null]);
  });

  it('takes the samples of a gauge that lie within it', () => {
    const window = new SignalWindow(20_000);
    for (const [index, value] of [100, 1, 2, 3, 6].entries())
      window.add({ kind: 'gauge', value }, index * STEP_MS);

    expect(valuesOf(window, 4 * STEP_MS)).toEqual({
      mean: 3,
      min: 1,
      max: 6,
      sum: 12,
      count: 4,
      last: 6,
      p50: 2,
      p95: 6,
    });
  });

  it('makes rates per second of a counter, and what it grew by', () => {
    const window = new SignalWindow(60_000);
    for (const [index, total] of [1_000, 1_050, 1_050, 1_100].entries()) {
      window.add({ kind: 'counter', total }, index * STEP_MS);
    }

    const values = valuesOf(window, 3 * STEP_MS);

    expect(values.mean).toBeCloseTo(100 / 15);
    expect(values).toMatchObject({ sum: 100, count: 100, min: 0, max: 10, last: 10 });
  });

  it('takes the cases of a distribution that were recorded within it, not those since the start', () => {
    const histogram = new Histogram();
    const window = new SignalWindow(60_000);
    const add = (nowMs: number): void =>
      window.add({ kind: 'distribution', sum: histogram.sum, buckets: new Map(histogram.buckets()) }, nowMs);
    for (let index = 0; index < 1_000; index += 1) histogram.record(9);
    add(0);
    for (let index = 1; index <= 100; index += 1) histogram.record(index / 100);
    add(STEP_MS);

    const values = valuesOf(window, STEP_MS);

    expect(values.count).toBe(100);
    expect(values.mean).toBeCloseTo(0.505);
    expect(Math.abs((values.p95 ?? 0) / 0.95 - 1)).toBeLessThan(0.01);
    add(STEP_MS + 61_000);
    expect(window.value('p95', STEP_MS + 61_000)).toBeNull();
  });

  it('shows a sample that is no finite number, so that it can be told from a missing one', () => {
    const window = new SignalWindow(60_000);
    window.add({ kind: 'gauge', value: NaN }, 0);

    expect(window.value('mean', 0)).toBeNaN();
  });

  it('keeps a day in as little room as an hour, and is right all the same', () => {
    const window = new SignalWindow(86_400_000);
    const steps = 86_400_000 / STEP_MS;
    for (let step = 0; step < steps; step += 1) window.add({ kind: 'gauge', value: step }, step * STEP_MS);

    const values = valuesOf(window, (steps - 1) * STEP_MS);

    expect(values).toMatchObject({ min: 0, max: steps - 1, count: steps, last: steps - 1 });
    expect(values.mean).toBeCloseTo((steps - 1) / 2);
  });
});
