import { drawChange, KEYS, ROW_COUNT } from '../../chaos/keyspace.js';
import { Random } from '../../support/random.js';

const DRAWS = 3_000;

describe('the keys of a history run', () => {
  it('are 50 at least, each stored one with a row of its own and two tags', () => {
    const stored = KEYS.filter(({ row }) => row !== undefined);

    expect(KEYS.length).toBeGreaterThanOrEqual(50);
    expect(new Set(KEYS.map(({ key }) => key)).size).toBe(KEYS.length);
    expect(stored.map(({ row }) => row)).toEqual(Array.from({ length: ROW_COUNT }, (_, row) => row));
    expect(stored.every(({ options }) => options.tags?.length === 2)).toBe(true);
  });

  it('are computed from others, in two generations', () => {
    const computed = KEYS.filter(({ row }) => row === undefined);
    const fromComputed = computed.filter(({ sources }) =>
      sources.some((source) => KEYS[source]?.row === undefined),
    );

    expect(fromComputed.length).toBeGreaterThan(0);
    expect(fromComputed.length).toBeLessThan(computed.length);
    expect(computed.every(({ sources, options }) => sources.length === options.dependsOn?.length)).toBe(true);
  });
});

describe('the changes of a history run', () => {
  const random = new Random(1);
  const changes = Array.from({ length: DRAWS }, () => drawChange(random, 1, 3));

  it('are of every kind, and each writes something', () => {
    expect([...new Set(changes.map(({ kind }) => kind))].sort()).toEqual(
      ['entity', 'everything', 'id', 'key', 'keys', 'pattern', 'set', 'tag'].sort(),
    );
    expect(changes.every(({ rows }) => rows.length > 0)).toBe(true);
  });

  it('invalidate all that they write: by a tag the rows that have it', () => {
    const byTag = changes.filter(({ kind }) => kind === 'tag');

    for (const { rows, invalidation } of byTag) {
      const [tag = ''] = invalidation?.tags ?? [];
      const having = KEYS.filter(
        ({ key, options }) => options.tags?.includes(tag) && !key.startsWith('note:'),
      );
      expect(rows).toEqual(having.map(({ row }) => row));
    }
  });

  it('set only what belongs to their process', () => {
    const set = changes.filter(({ kind }) => kind === 'set').flatMap(({ rows }) => rows);
    const others = changes.filter(({ kind }) => kind !== 'set').flatMap(({ rows }) => rows);

    expect(set.every((row) => row % 3 === 1)).toBe(true);
    expect(others.filter((row) => set.includes(row))).toEqual([]);
  });
});
