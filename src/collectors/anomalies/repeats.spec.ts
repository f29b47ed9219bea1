import { Repeats } from './repeats.js';

describe('Repeats', () => {
  const surprises = (pattern: readonly boolean[]): number[] => {
    const repeats = new Repeats();
    return pattern.map((isSame) => repeats.next(isSame));
  };
  const of = (count: number, isSame: boolean): boolean[] => Array.from({ length: count }, () => isSame);

  it('finds a run odd where values never repeat, the more so the longer it is', () => {
    const found = surprises([...of(500, false), ...of(12, true)]).slice(500);

    expect(found[0]).toBeLessThan(2.1);
    expect(found.at(-1)).toBeGreaterThan(4);
    expect(found).toEqual(found.toSorted((left, right) => left - right));
  });

  it('takes a constant for constant', () => {
    expect(Math.max(...surprises(of(5_000, true)))).toBe(0);
  });

  it('is used to runs where they are usual', () => {
    const habit = Array.from({ length: 200 }, () => [...of(9, true), false]).flat();

    expect(Math.max(...surprises([...habit, ...of(15, true)]).slice(100))).toBe(0);
  });

  it('says nothing of the first points', () => {
    expect(Math.max(...surprises([...of(30, false), ...of(40, true)]))).toBe(0);
  });
});
