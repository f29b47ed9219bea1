import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.js';
import { ANOMALY_THRESHOLD, type Judgement, SeriesModel, WARM_UP_POINTS } from './series-model.js';

const START = Date.UTC(2026, 0, 5);
const STEP = 5 * MINUTE_MS;

/** Normal deviates by their own small generator: a test says the same every time. */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function noise(count: number, seed = 1): number[] {
  const next = normal(seed);
  return Array.from({ length: count }, () => 100 + next());
}

function judge(values: readonly number[], stepMs = STEP): Judgement[] {
  const model = new SeriesModel();
  return values.map((value, index) => model.update(START + index * stepMs, value));
}

/** Where events begin. */
function alarms(judgements: readonly Judgement[]): number[] {
  return judgements.flatMap(({ isAnomaly }, index) => (isAnomaly ? [index] : []));
}

describe('SeriesModel', () => {
  it('judges a point by what came before it alone', () => {
    const past = noise(1_500);
    const [calm, wild] = [
      [...past, ...noise(500, 2)],
      [...past, ...noise(500, 3).map((v) => v ** 3)],
    ];

    expect(judge(wild).slice(0, 1_500)).toEqual(judge(calm).slice(0, 1_500));
    expect(judge(wild.slice(0, 1_500))).toEqual(judge(calm).slice(0, 1_500));
  });

  it('says the same in any unit and from any zero', () => {
    const values = noise(2_000).map((value, index) => (index === 1_700 ? value + 12 : value));
    const judgements = judge(values);

    const scaled = judge(values.map((value) => value * 2 ** 20));
    const shifted = judge(values.map((value) => value - 5_000));

    expect(scaled.map(({ score }) => score)).toEqual(judgements.map(({ score }) => score));
    expect(alarms(shifted)).toEqual(alarms(judgements));
    // The sums round differently from another zero, and a value may fall into the next bucket.
    const apart = shifted.map(({ score }, index) => Math.abs(score - (judgements[index]?.score ?? NaN)));
    expect(Math.max(...apart)).toBeLessThan(0.5);
  });

  it.each([1, 2, 3, 4])('is silent on noise but for one point in thousands (seed %i)', (seed) => {
    expect(alarms(judge(noise(6_000, seed))).length).toBeLessThanOrEqual(4);
  });

  it('holds about 99 of 100 points in its band', () => {
    const values = noise(6_000);
    const inside = judge(values).filter(
      ({ lower, upper }, index) =>
        (lower ?? 0) <= (values[index] ?? NaN) && (values[index] ?? NaN) <= (upper ?? 0),
    );

    expect(inside.length / values.length).toBeGreaterThan(0.975);
    expect(inside.length / values.length).toBeLessThan(0.998);
  });

  it('raises no alarm while it warms up', () => {
    const values = noise(WARM_UP_POINTS).map((value, index) => (index % 20 === 19 ? 1e6 : value));

    expect(judge(values).every(({ score }) => score === 0)).toBe(true);
  });

  it('finds a spike and a dip, each as one event', () => {
    const values = noise(3_000);
    for (const at of [1_500, 1_501, 1_502]) values[at] = 115;
    for (const at of [2_500, 2_501]) values[at] = 85;

    expect(alarms(judge(values)).filter((at) => at > 1_490)).toEqual(expect.arrayContaining([1_500, 2_500]));
    expect(alarms(judge(values)).filter((at) => at >= 1_500 && at < 1_560)).toEqual([1_500]);
    expect(alarms(judge(values)).filter((at) => at >= 2_500 && at < 2_560)).toEqual([2_500]);
  });

  it('tells of a new level once, and takes it for usual', () => {
    const values = noise(4_000).map((value, index) => (index < 2_000 ? value : value + 30));
    const judgements = judge(values);

    const after = alarms(judgements).filter((at) => at >= 2_000);
    expect(after[0]).toBe(2_000);
    expect(after.length).toBeLessThanOrEqual(4);
    expect(judgements[3_999]?.expected).toBeGreaterThan(128);
  });

  it('finds a small deviation that stays', () => {
    const values = noise(3_000).map((value, index) => (index < 2_500 || index > 2_540 ? value : value + 2.5));

    expect(alarms(judge(values)).some((at) => at >= 2_500 && at <= 2_540)).toBe(true);
  });

  it('finds a source that is stuck at an ordinary value', () => {
    const values = noise(3_000).map((value, index) => (index < 2_500 || index > 2_540 ? value : 100.2));

    expect(alarms(judge(values)).some((at) => at >= 2_500 && at <= 2_540)).toBe(true);
  });

  it.each([0, 5, -3e9])('accepts a constant of %d and tells of the first change', (constant) => {
    const values = Array.from({ length: 1_000 }, (_, index) => (index < 800 ? constant : constant + 7));
    const judgements = judge(values);

    expect(alarms(judgements)).toEqual([800]);
    expect(judgements[799]).toMatchObject({ expected: constant, lower: constant, upper: constant, score: 0 });
  });

  it('knows the day: the usual at an unusual hour is odd', () => {
    const next = normal(7);
    const values = Array.from(
      { length: 12 * 288 },
      (_, index) => 100 + 20 * Math.sin((2 * Math.PI * index) / 288) + next(),
    );
    const noon = 11 * 288 + 216;
    for (let at = noon; at < noon + 6; at += 1) values[at] = 120;

    const judgements = judge(values);

    expect(alarms(judgements)).toContain(noon);
    expect(alarms(judgements).length).toBeLessThanOrEqual(3);
  });

  it('knows the week: expects less on the sixth and seventh day', () => {
    const next = normal(8);
    const values = Array.from({ length: 8 * 7 * 24 }, (_, hour) => {
      const isWeekend = Math.floor(hour / 24) % 7 >= 5;
      return (isWeekend ? 40 : 100) + 10 * Math.sin((2 * Math.PI * hour) / 24) + next();
    });

    const judgements = judge(values, HOUR_MS);

    const lastSaturday = 7 * 7 * 24 + 5 * 24;
    expect(Math.abs((judgements[lastSaturday]?.expected ?? 0) - 40)).toBeLessThan(15);
    expect(alarms(judgements).filter((at) => at > 4 * 7 * 24).length).toBeLessThanOrEqual(1);
  });

  it('follows a trend without alarms', () => {
    const values = noise(5_000).map((value, index) => value + index * 0.05);

    expect(alarms(judge(values)).length).toBeLessThanOrEqual(3);
  });

  it('takes rare counts for what they are', () => {
    const next = normal(9);
    const values = Array.from({ length: 5_000 }, () => (next() > 2 ? 1 + Math.floor(Math.abs(next())) : 0));
    values[4_500] = 40;

    const found = alarms(judge(values));

    expect(found).toContain(4_500);
    expect(found.filter((at) => at > 1_000).length).toBeLessThanOrEqual(5);
  });

  it('learns heavy tails: what is large again and again stops being odd', () => {
    const next = normal(10);
    const values = Array.from({ length: 8_000 }, () => next() / Math.max(0.05, Math.abs(next())));

    expect(alarms(judge(values)).filter((at) => at > 1_000).length).toBeLessThanOrEqual(7);
  });

  it('keeps its scale where most errors are nothing', () => {
    const next = normal(13);
    const values = Array.from({ length: 6_000 }, () => (next() > 1.5 ? 1 - Math.abs(next()) / 20 : 1));

    expect(alarms(judge(values)).filter((at) => at > 1_000).length).toBeLessThanOrEqual(12);
  });

  it('gets used to a job that runs once a day', () => {
    const next = normal(12);
    const values = Array.from({ length: 20 * 288 }, (_, index) => (index % 288 === 37 ? 500 : 10) + next());

    const found = alarms(judge(values));

    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((at) => at > 7 * 288).length).toBeLessThanOrEqual(1);
  });

  it.each([NaN, Infinity, -Infinity])(
    'takes %d for missing: a forecast, no score, nothing learned',
    (missing) => {
      const values = noise(1_000);
      const [whole, holed] = [new SeriesModel({ stepMs: STEP }), new SeriesModel({ stepMs: STEP })];
      values.forEach((value, index) => {
        whole.update(START + index * STEP, value);
        holed.update(START + index * STEP, value);
      });

      const told = holed.update(START + 1_000 * STEP, missing);

      expect(told).toMatchObject({ score: 0, isAnomaly: false });
      expect(told.expected).toBeCloseTo(100, -1);
      const at = START + 1_001 * STEP;
      expect(holed.update(at, 101)).toEqual(whole.update(at, 101));
    },
  );

  it('works on irregular, repeated and backward times and over gaps', () => {
    const model = new SeriesModel();
    const next = normal(11);
    let at = START;
    const judgements = noise(3_000).map((value, index) => {
      at += index % 500 === 499 ? 2 * DAY_MS : Math.round(STEP * next());
      return model.update(at, value);
    });

    expect(judgements.slice(2).every(({ expected, score }) => Number.isFinite(expected) && score >= 0)).toBe(
      true,
    );
    expect(alarms(judgements).length).toBeLessThanOrEqual(3);
  });

  it('stays finite and unharmed at the ends of the number range', () => {
    const values = noise(2_000).map((value, index) =>
      index === 1_000 ? 1e300 : index === 1_200 ? -1e29 : value,
    );

    const judgements = judge(values);

    expect(
      judgements
        .slice(2)
        .every(({ expected, lower, upper }) => [expected, lower, upper].every(Number.isFinite)),
    ).toBe(true);
    expect(Math.abs((judgements[1_999]?.expected ?? 0) - 100)).toBeLessThan(10);
  });

  it('says nothing of a series before it has seen it', () => {
    expect(judge([5])[0]).toMatchObject({
      expected: null,
      lower: null,
      upper: null,
      score: 0,
      isAnomaly: false,
      isOdd: false,
    });
    expect(ANOMALY_THRESHOLD).toBe(3.5);
  });

  it('says how long an event goes on, and where it is: a spike is soon over, a new level stays odd for a while', () => {
    const oddSteps = (event: (index: number) => number): Judgement[] =>
      judge(noise(1_400).map((value, index) => 20 + value + event(index))).slice(1_000, 1_100);
    const spike = oddSteps((index) => (index === 1_000 ? 40 : 0));
    const shift = oddSteps((index) => (index >= 1_000 ? -8 : 0));

    expect(spike[0]).toMatchObject({ isOdd: true, isAnomaly: true, side: 'above' });
    expect(spike.filter(({ isOdd }) => isOdd).length).toBeLessThanOrEqual(4);
    expect(shift.slice(0, 60).every(({ isOdd, side }) => isOdd && side === 'below')).toBe(true);
    expect(shift.filter(({ isAnomaly }) => isAnomaly)).toHaveLength(1);
  });

  it('takes no more memory after 50,000 points than after 1,000', () => {
    const model = new SeriesModel();
    const sizes = [1_000, 49_000].map((count, part) => {
      noise(count, part).forEach((value, index) =>
        model.update(START + (part * 1_000 + index) * STEP, value),
      );
      return bytesOf(model);
    });

    expect(sizes[1]).toBeLessThanOrEqual((sizes[0] ?? 0) + 500);
    expect(sizes[1]).toBeLessThan(12_000);
  });
});

/** Bytes of all numbers and arrays that are reachable. */
function bytesOf(value: unknown, seen = new Set()): number {
  if (typeof value !== 'object' || value === null) return 8;
  if (seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.byteLength;
  const parts = value instanceof Map ? [...value].flat() : Object.values(value);
  return parts.reduce<number>((sum, part) => sum + bytesOf(part, seen), 0);
}
