import type { ChangeRecord, ReadRecord } from '../../chaos/messages.js';
import { describeStaleRead, StalenessJudge } from '../../chaos/staleness-judge.js';

const BOUNDS = { messageMs: 50, outageStaleMs: 1_000 };

const change = (over: Partial<ChangeRecord> = {}): ChangeRecord => ({
  process: 0,
  kind: 'key',
  rows: [3],
  version: 7,
  beganAtMs: 9_990,
  acknowledgedAtMs: 10_000,
  reach: 'everywhere',
  sequence: 1,
  ...over,
});

const read = (startedAtMs: number, version: number, over: Partial<ReadRecord> = {}): ReadRecord => ({
  process: 1,
  key: 3,
  startedAtMs,
  lookedAtMs: startedAtMs,
  endedAtMs: startedAtMs + 1,
  seen: [[3, version]],
  bus: 'live',
  applied: 1,
  ...over,
});

function judging(...changes: readonly ChangeRecord[]): StalenessJudge {
  const judge = new StalenessJudge(BOUNDS);
  for (const one of changes) judge.noteChange(one);
  return judge;
}

describe('StalenessJudge', () => {
  it('finds a read stale that starts after the bound and sees an older version', () => {
    const judge = judging(change());

    expect(judge.judge(read(10_051, 6))).toMatchObject([
      { promised: 'everywhere', row: 3, version: 6, change: { version: 7 }, isExcused: false },
    ]);
  });

  it.each([
    ['starts within the bound', read(10_049, 6)],
    ['sees that very version', read(10_051, 7)],
    ['sees a newer one, of a write that is not acknowledged yet', read(10_051, 8)],
    ['is of another row', read(10_051, 6, { seen: [[4, 0]] })],
  ])('lets a read pass that %s', (_, passing) => {
    expect(judging(change()).judge(passing)).toEqual([]);
  });

  it('looks at every row a computed value was made of', () => {
    const seen = [
      [2, 9],
      [3, 6],
    ] as const;

    expect(judging(change()).judge(read(10_051, 0, { seen }))).toMatchObject([{ row: 3 }]);
  });

  it('does not forget an older promise when a newer one is still within its bound', () => {
    const judge = judging(change(), change({ version: 9, acknowledgedAtMs: 10_100 }));

    expect(judge.judge(read(10_120, 6))).toMatchObject([{ change: { version: 7 } }]);
    expect(judge.judge(read(10_120, 7))).toEqual([]);
    expect(judge.judge(read(10_151, 7))).toMatchObject([{ change: { version: 9 } }]);
  });

  it('is not misled by acknowledgements that come out of order', () => {
    const judge = judging(
      change({ version: 9, acknowledgedAtMs: 10_000 }),
      change({ acknowledgedAtMs: 10_100 }),
    );

    expect(judge.judge(read(10_200, 8))).toMatchObject([{ change: { version: 9 } }]);
    expect(judge.judge(read(10_200, 9))).toEqual([]);
  });

  it('learns of an acknowledgement that is older than one it knows', () => {
    const judge = judging(
      change({ version: 9, acknowledgedAtMs: 10_100 }),
      change({ acknowledgedAtMs: 10_000 }),
    );

    expect(judge.judge(read(10_060, 6))).toMatchObject([{ change: { version: 7 } }]);
    expect(judge.judge(read(10_151, 8))).toMatchObject([{ change: { version: 9 } }]);
  });

  it('allows what was acknowledged as later the time of an outage', () => {
    const judge = judging(change({ reach: 'later' }));

    expect(judge.judge(read(11_049, 6))).toEqual([]);
    expect(judge.judge(read(11_051, 6))).toMatchObject([{ promised: 'later' }]);
  });

  it('allows it also the time in which instances find each other again, and no longer', () => {
    const judge = judging(change({ reach: 'later' }), change({ version: 8, rows: [4] }));
    judge.noteReunion({ fromMs: 12_000, untilMs: 13_000 });

    expect(judge.judge(read(11_999, 6))).toHaveLength(1);
    expect(judge.judge(read(12_500, 6))).toEqual([]);
    expect(judge.judge(read(13_001, 6))).toHaveLength(1);
    expect(judge.judge(read(12_500, 6, { seen: [[4, 6]] }))).toMatchObject([{ promised: 'everywhere' }]);
  });

  it('allows a process that alone is without Redis the time of an outage', () => {
    const judge = judging(change());
    judge.noteCutOff({ process: 1, fromMs: 9_000, untilMs: 12_000 });

    expect(judge.judge(read(11_049, 6))).toEqual([]);
    expect(judge.judge(read(11_051, 6))).toHaveLength(1);
    expect(judge.judge(read(10_051, 6, { process: 2 }))).toHaveLength(1);
  });

  it('takes a set for what it is told', () => {
    const judge = new StalenessJudge(BOUNDS);
    judge.noteChange(change({ reach: 'set', rows: [3] }), 'everywhere');
    judge.noteChange(change({ reach: 'set', rows: [4] }), 'later');

    const both = [
      [3, 6],
      [4, 6],
    ] as const;
    expect(judge.judge(read(10_051, 0, { seen: both }))).toMatchObject([{ row: 3, promised: 'everywhere' }]);
  });

  it('excuses a process that has not looked at its sockets since the bound had passed', () => {
    const judge = judging(change());

    expect(judge.judge(read(10_070, 6, { lookedAtMs: 10_049 }))).toMatchObject([{ isExcused: true }]);
    expect(judge.judge(read(10_070, 6, { lookedAtMs: 10_051 }))).toMatchObject([{ isExcused: false }]);
  });

  it('tells who saw what, and why that is wrong', () => {
    const [stale] = judging(change()).judge(read(10_060.25, 6, { source: 'l1' }));

    expect(stale && describeStaleRead(stale)).toBe(
      'process 1 read account:1:detail:long (l1, live) and saw version 6 of row 3, 60.3 ms after version 7 was ' +
        'invalidated by key (everywhere) of process 0: everywhere was promised',
    );
  });
});
