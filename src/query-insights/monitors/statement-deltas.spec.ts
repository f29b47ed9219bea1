import { type Look, StatementDeltas, type StatementRow, sumOf } from './statement-deltas.js';

const row = (queryId: string, calls: number, changes: Partial<StatementRow> = {}): StatementRow => ({
  userId: '10',
  role: 'somebody',
  queryId,
  isTopLevel: true,
  since: null,
  calls,
  rows: calls,
  totalMs: calls * 2,
  planMs: 0,
  blocksHit: 0,
  blocksRead: 0,
  tempBlocksWritten: 0,
  ...changes,
});

const look = (second: number, rows: StatementRow[], changes: Partial<Look> = {}): Look => ({
  at: new Date(second * 1_000),
  rows,
  info: { dealloc: 0, statsReset: 'a' },
  isCutOff: false,
  ...changes,
});

/** The second of two looks, as calls by query id. */
function between(first: Look, second: Look): { calls: Record<string, number>; gaps: readonly string[] } {
  const deltas = new StatementDeltas();
  expect(deltas.take(first)).toBeUndefined();
  const window = deltas.take(second);
  return {
    calls: Object.fromEntries((window?.deltas ?? []).map(({ queryId, calls }) => [queryId, calls])),
    gaps: window?.gaps ?? [],
  };
}

describe('StatementDeltas', () => {
  it('gives what happened between two looks, new statements included', () => {
    const first = look(0, [row('1', 5), row('2', 5)]);
    const second = look(30, [row('1', 7), row('2', 5), row('3', 4)]);

    expect(between(first, second)).toEqual({ calls: { 1: 2, 3: 4 }, gaps: [] });
  });

  it('tells roles and nested calls of one statement apart', () => {
    const rows = (calls: number) => [
      row('1', calls),
      row('1', calls + 1, { userId: '11' }),
      row('1', 10, { isTopLevel: false }),
    ];
    const deltas = new StatementDeltas();
    deltas.take(look(0, rows(1)));

    const window = deltas.take(look(30, rows(3)));

    expect(window?.deltas.map(({ userId, calls }) => [userId, calls])).toEqual([
      ['10', 2],
      ['11', 2],
    ]);
  });

  it('begins anew after a reset of everything, without a figure of that window', () => {
    const reset = { info: { dealloc: 0, statsReset: 'b' } };
    const deltas = new StatementDeltas();
    deltas.take(look(0, [row('1', 5)]));

    const window = deltas.take(look(30, [row('1', 9)], reset));
    const next = deltas.take(look(60, [row('1', 10)], reset));

    expect(window).toMatchObject({ deltas: [], gaps: [expect.stringContaining('were reset')] });
    expect(next).toMatchObject({ deltas: [{ calls: 1 }], gaps: [] });
  });

  it('begins anew with a statement whose counters fell, and says that something is missing', () => {
    const found = between(look(0, [row('1', 5), row('2', 5)]), look(30, [row('1', 2), row('2', 6)]));

    expect(found.calls).toEqual({ 2: 1 });
    expect(found.gaps).toEqual([expect.stringContaining('some statements')]);
  });

  it('counts a statement in full that the server began to count after the last look', () => {
    const first = look(0, [row('1', 5, { since: 'x' })]);
    const second = look(30, [row('1', 6, { since: 'y' })]);

    expect(between(first, second)).toEqual({ calls: { 1: 6 }, gaps: [] });
  });

  it('says when the server dropped entries', () => {
    const found = between(
      look(0, [row('1', 5)]),
      look(30, [row('1', 6)], { info: { dealloc: 1, statsReset: 'a' } }),
    );

    expect(found).toEqual({ calls: { 1: 1 }, gaps: [expect.stringContaining('pg_stat_statements.max')] });
  });

  it('does not take a statement for new that was only left out of the last look', () => {
    const found = between(
      look(0, [row('1', 5)], { isCutOff: true }),
      look(30, [row('1', 6), row('2', 1_000_000)], { isCutOff: true }),
    );

    expect(found.calls).toEqual({ 1: 1 });
    expect(found.gaps).toHaveLength(1);
  });

  it('adds up windows', () => {
    expect(sumOf(row('1', 2), row('1', 3))).toMatchObject({ calls: 5, totalMs: 10, queryId: '1' });
  });
});
