import { cellOf, EVERYTHING, structuralCells } from './cells.js';
import { type Change, Replica } from './replica.js';

const tag = (name: string): Change => ({ cells: [cellOf(`t:${name}`)], keys: [] });

function replicaAt(sequence: number): { replica: Replica; dropped: string[] } {
  const dropped: string[] = [];
  const replica = new Replica({
    dropKeys: (keys) => void dropped.push(...keys),
    dropAll: () => void dropped.push('*'),
  });
  replica.restart('epoch', sequence);
  replica.complete();
  dropped.length = 0;
  return { replica, dropped };
}

describe('Replica', () => {
  it('applies the next invalidation, knows an old one and reports a gap', () => {
    const { replica } = replicaAt(5);

    expect(replica.apply(6, tag('a'))).toBe('applied');
    expect(replica.apply(6, tag('a'))).toBe('known');
    expect(replica.apply(8, tag('a'))).toBe('gap');
    expect(replica.applied).toBe(6);
  });

  it('makes entries with an invalidated name invalid, and only those', () => {
    const { replica } = replicaAt(0);
    const before = replica.tick;

    replica.apply(1, tag('a'));

    expect(replica.isCurrent('x:1', before, [cellOf('t:a')])).toBe(false);
    expect(replica.isCurrent('x:1', before, [cellOf('t:b')])).toBe(true);
    expect(replica.isCurrent('x:1', before, undefined)).toBe(true);
    expect(replica.isCurrent('x:1', replica.tick, [cellOf('t:a')])).toBe(true);
  });

  it.each([
    ['account', true],
    ['account:42', true],
    ['account:4', false],
    ['acc', false],
    ['account:42:summary', false],
  ])('invalidates account:42:summary with the structural name e:%s: %s', (name, isHit) => {
    const { replica } = replicaAt(0);
    const before = replica.tick;

    replica.applyLocally({ cells: [cellOf(`e:${name}`)], keys: [] });

    expect(replica.isCurrent('account:42:summary', before, undefined)).toBe(!isHit);
  });

  it('judges shared values by the sequence as of which they were loaded', () => {
    const { replica } = replicaAt(0);
    replica.apply(1, tag('a'));

    expect(replica.isValid('x', 'epoch', 0, [cellOf('t:a')])).toBe(false);
    expect(replica.isValid('x', 'epoch', 1, [cellOf('t:a')])).toBe(true);
    expect(replica.isValid('x', 'another epoch', 1, [])).toBe(false);
  });

  it('judges nothing from before it joined until it has learnt all cells', () => {
    const { replica } = replicaAt(0);
    replica.restart('epoch', 7);

    expect(replica.isValid('x', 'epoch', 6, [])).toBe(false);
    replica.learn([[cellOf('t:a'), 7]]);
    replica.complete();
    expect(replica.isValid('x', 'epoch', 6, [])).toBe(true);
    expect(replica.isValid('x', 'epoch', 6, [cellOf('t:a')])).toBe(false);
  });

  it('counts its own invalidation once, whether the log or the answer comes first', () => {
    const { replica } = replicaAt(0);

    replica.applyOwn('epoch', 2, tag('a'));
    const { tick } = replica;
    expect(replica.apply(1, tag('b'))).toBe('applied');
    expect(replica.applied).toBe(2);
    expect(replica.apply(2, tag('a'))).toBe('known');
    replica.apply(3, tag('c'));
    replica.applyOwn('epoch', 3, tag('c'));

    expect(replica.applied).toBe(3);
    expect(replica.tick).toBe(tick + 2);
  });

  it('drops keys, and everything', () => {
    const { replica, dropped } = replicaAt(0);

    replica.apply(1, { cells: [], keys: ['a', 'b'] });
    replica.apply(2, { cells: [EVERYTHING], keys: [] });
    replica.restart('next', 0);

    expect(dropped).toEqual(['a', 'b', '*', '*']);
  });
});

describe('structuralCells', () => {
  it.each(['account', 'account:42', 'account:42:summary', 'a:b:c:d', '', ':', '::', 'ü:{}', '__proto__'])(
    'are the cells of the names of %j',
    (key) => {
      const parts = key.split(':');
      const [entity = '', id] = parts;

      const names = [`e:${entity}`, id === undefined ? `e:${entity}` : `e:${entity}:${id}`];

      expect(structuralCells(key)).toEqual(names.map(cellOf));
    },
  );

  it('spreads names over the cells', () => {
    const cells = new Set(Array.from({ length: 10_000 }, (_, index) => cellOf(`t:tag-${index}`)));

    // 10,000 names in 131,072 cells: 9,630 different ones by chance.
    expect(cells.size).toBeGreaterThan(9_500);
  });
});
