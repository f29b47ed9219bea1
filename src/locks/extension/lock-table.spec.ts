import { LAYOUT, LockTable } from './lock-table.js';

/** What a thread that shares the memory sees: texts by slot. */
function seenIn(
  pages: readonly SharedArrayBuffer[],
): { text: string; ttlMs: number; validUntilMs: number }[] {
  return pages.flatMap((page) => {
    const [integers, numbers, bytes] = [new Int32Array(page), new Float64Array(page), Buffer.from(page)];
    const starts = Array.from({ length: LAYOUT.slots }, (_, slot) => slot * LAYOUT.slotBytes);
    return starts
      .filter((at) => integers[(at + LAYOUT.turnAt) / 4] !== 0)
      .map((at) => {
        const from = at + LAYOUT.textAt;
        return {
          text: bytes.toString('utf8', from, from + (integers[(at + LAYOUT.textLengthAt) / 4] ?? 0)),
          ttlMs: integers[(at + LAYOUT.ttlAt) / 4] ?? NaN,
          validUntilMs: numbers[(at + LAYOUT.validUntilAt) / 8] ?? NaN,
        };
      });
  });
}

describe('the table of held locks', () => {
  const target = { key: 'schlüssel', value: 'a|b', servers: 1, quorum: 1 };
  let pages: SharedArrayBuffer[];
  let table: LockTable;

  beforeEach(() => {
    pages = [];
    table = new LockTable((page) => pages.push(page));
  });

  it('shows a lock until it is removed', () => {
    table.put('claim', 1_000, target, 12.5);

    expect(seenIn(pages)).toEqual([{ text: 'claim\0schlüssel\0a|b', ttlMs: 1_000, validUntilMs: 12.5 }]);

    table.remove('claim');

    expect(seenIn(pages)).toEqual([]);
  });

  it('says what is prolonged besides', () => {
    table.put('claim', 1_000, { ...target, besides: { server: 2, key: 'held', value: 'v' } }, 0);

    expect(seenIn(pages)[0]?.text).toBe('claim\0schlüssel\0a|b\x002\0held\0v');
  });

  it('grows by pages, and uses what was left', () => {
    const ids = Array.from({ length: LAYOUT.slots + 1 }, (_, index) => `claim-${index}`);
    for (const id of ids) table.put(id, 1_000, target, 0);

    expect(pages).toHaveLength(2);
    expect(seenIn(pages)).toHaveLength(ids.length);

    for (const id of ids) table.remove(id);
    for (const id of ids) table.put(id, 1_000, target, 0);

    expect(pages).toHaveLength(2);
    expect(new Set(seenIn(pages).map(({ text }) => text)).size).toBe(ids.length);
  });

  it('gives each lock another turn, on the same slot as well', () => {
    const turns = (): number | undefined => new Int32Array(pages[0] ?? new SharedArrayBuffer(0))[0];
    table.put('first', 1_000, target, 0);
    const before = turns();
    table.remove('first');
    table.put('second', 1_000, target, 0);

    expect(turns()).not.toBe(before);
  });

  it('keeps what is too long to itself', () => {
    table.put('long', 1_000, { ...target, key: 'x'.repeat(2 * LAYOUT.slotBytes) }, 0);
    table.put('next', 1_000, target, 0);

    expect(seenIn(pages).map(({ text }) => text.length)).toEqual([
      LAYOUT.slotBytes - LAYOUT.textAt,
      'next\0schlüssel\0a|b'.length,
    ]);
  });

  it('ignores what it does not know', () => {
    table.remove('nobody');
    table.prolong('nobody', 1);

    expect(seenIn(pages)).toEqual([]);
  });

  it('tells a thread that takes over how long a lock is held by now', () => {
    table.put('claim', 1_000, target, 10);
    table.prolong('claim', 500);

    expect(seenIn(pages)[0]?.validUntilMs).toBe(500);
  });
});
