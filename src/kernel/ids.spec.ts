import { RandomIds } from './ids.js';

describe('RandomIds', () => {
  it('makes tokens of the wanted length that differ, beyond what it draws at once', () => {
    const ids = new RandomIds();

    const tokens = Array.from({ length: 1_000 }, () => ids.token(20));

    expect(new Set(tokens).size).toBe(1_000);
    expect(tokens.every((token) => /^[0-9a-z]{20}$/.test(token))).toBe(true);
  });

  it('uses every character about as often as any other', () => {
    const counts = new Map<string, number>();

    for (const character of new RandomIds().token(36_000)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }

    expect(counts.size).toBe(36);
    expect(Math.min(...counts.values())).toBeGreaterThan(700);
    expect(Math.max(...counts.values())).toBeLessThan(1_300);
  });

  it('draws fractions from all of [0, 1)', () => {
    const ids = new RandomIds();

    const fractions = Array.from({ length: 2_000 }, () => ids.fraction());

    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(Math.min(...fractions)).toBeLessThan(0.1);
    expect(Math.max(...fractions)).toBeGreaterThan(0.9);
  });
});
