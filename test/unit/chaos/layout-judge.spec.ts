import { type Attempt, judgeLayout, type LayoutEvidence } from '../../chaos/layout-judge.js';
import type { LoggedOperation, ModelRegion } from '../../chaos/layout-model.js';

const GRID = { columns: 6, rows: 4, mostRegions: 200 };
const REGION: ModelRegion = { x: 0, y: 0, width: 2, height: 2, title: '', kind: 'chart', content: {} };
const MOVED: ModelRegion = { ...REGION, x: 3 };
const REST = { takesBack: null, takenBackBy: null };

/** Made by a; moved by b, who was told the version; taken back by b. Then a wants to make another one in its place. */
const OPERATIONS: readonly LoggedOperation[] = [
  {
    number: 1,
    actor: 'a',
    kind: 'create',
    ...REST,
    changes: [{ regionId: '7', before: null, after: REGION }],
  },
  {
    number: 2,
    actor: 'b',
    kind: 'update',
    ...REST,
    changes: [{ regionId: '7', before: REGION, after: MOVED }],
  },
  {
    ...{ number: 3, actor: 'b', kind: 'undo', takesBack: 2, takenBackBy: null },
    changes: [{ regionId: '7', before: MOVED, after: REGION }],
  },
];
const ATTEMPTS: readonly Attempt[] = [
  { actor: 'a', wish: { kind: 'create', region: REGION }, from: 0, until: 1, answer: done(1) },
  {
    actor: 'b',
    wish: { kind: 'update', regionId: '7', version: 1, fields: { x: 3 } },
    ...{ from: 1, until: 3, answer: done(2) },
  },
  { actor: 'b', wish: { kind: 'undo' }, from: 2, until: 3, answer: done(3) },
  {
    actor: 'a',
    wish: { kind: 'create', region: { ...REGION, x: 1 } },
    ...{ from: 2, until: 3, answer: { code: 'LAYOUT_REGION_OVERLAP' } },
  },
];
const SOUND: LayoutEvidence = {
  grid: GRID,
  operations: OPERATIONS,
  attempts: ATTEMPTS,
  regions: [{ id: '7', version: 3, ...REGION }],
};
const NOTHING_WRONG = {
  gaps: 0,
  unsound: 0,
  torn: 0,
  lost: 0,
  invented: 0,
  wronglyRefused: 0,
  isTableOther: false,
};

function done(number: number): Attempt['answer'] {
  return { number };
}

/** The evidence with one operation, or one attempt, made otherwise. */
function withOperation(index: number, change: Partial<LoggedOperation>): LayoutEvidence {
  return { ...SOUND, operations: OPERATIONS.map((one, at) => (at === index ? { ...one, ...change } : one)) };
}

function withAttempt(index: number, change: Partial<Attempt>): LayoutEvidence {
  return { ...SOUND, attempts: ATTEMPTS.map((one, at) => (at === index ? { ...one, ...change } : one)) };
}

describe('the judge of layouts', () => {
  it('finds nothing wrong with a history in which each got the right answer', () => {
    expect(judgeLayout(SOUND)).toEqual({ ...NOTHING_WRONG, examples: [] });
  });

  it('finds an operation that overwrote what it did not know', () => {
    const stale = { ...REGION, title: 'as it was before' };
    const changes = [{ regionId: '7', before: stale, after: { ...stale, x: 3 } }];

    expect(judgeLayout(withOperation(1, { changes })).torn).toBeGreaterThan(0);
  });

  it('finds regions that overlap, and regions outside', () => {
    const onTop = { number: 4, actor: 'a', kind: 'create', ...REST };
    const changes = [{ regionId: '8', before: null, after: { ...REGION, x: 1 } }];
    const outside = [{ regionId: '8', before: null, after: { ...REGION, x: 5 } }];

    expect(judgeLayout({ ...SOUND, operations: [...OPERATIONS, { ...onTop, changes }] }).unsound).toBe(1);
    expect(
      judgeLayout({ ...SOUND, operations: [...OPERATIONS, { ...onTop, changes: outside }] }).unsound,
    ).toBe(1);
  });

  it('finds a version that was old and accepted all the same', () => {
    const wish = { kind: 'update', regionId: '7', version: 9, fields: { x: 3 } } as const;

    expect(judgeLayout(withAttempt(1, { wish })).lost).toBe(1);
  });

  it('finds an undo that restores something else, or takes back what is somebody else’s', () => {
    const other = [{ regionId: '7', before: MOVED, after: { ...REGION, x: 1 } }];

    expect(judgeLayout(withOperation(2, { changes: other })).lost).toBe(1);
    expect(judgeLayout(withOperation(2, { takesBack: 1 })).lost).toBe(1);
  });

  it('finds numbers that are missing, answers without an operation, and operations without an answer', () => {
    expect(judgeLayout(withOperation(2, { number: 4 })).gaps).toBe(1);
    expect(judgeLayout({ ...SOUND, operations: OPERATIONS.slice(0, 2) }).lost).toBe(1);
    expect(judgeLayout({ ...SOUND, attempts: ATTEMPTS.slice(1) }).invented).toBe(1);
    expect(judgeLayout(withAttempt(1, { answer: done(9) })).lost).toBeGreaterThan(0);
  });

  it('finds an answer that was given before its operation can have been done', () => {
    expect(judgeLayout(withAttempt(1, { from: 2 })).lost).toBe(1);
  });

  it('finds refusals without a reason', () => {
    const free = { kind: 'create', region: { ...REGION, y: 2 } } as const;

    expect(judgeLayout(withAttempt(3, { wish: free })).wronglyRefused).toBe(1);
    expect(judgeLayout(withAttempt(3, { answer: { code: 'LAYOUT_FULL' } })).wronglyRefused).toBe(1);
  });

  it('finds "nothing to change" where there was something', () => {
    expect(judgeLayout(withAttempt(1, { answer: done(1) }))).toMatchObject({ lost: 1, invented: 1 });
  });

  it('finds a table that the log does not lead to', () => {
    expect(judgeLayout({ ...SOUND, regions: [] }).isTableOther).toBe(true);
    expect(judgeLayout({ ...SOUND, regions: [{ id: '7', version: 2, ...REGION }] }).isTableOther).toBe(true);
  });
});
