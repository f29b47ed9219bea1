import { firingAlert } from '../../../test/support/alert-delivery.js';
import { type Candidate, judge } from './judgement.js';
import type { ToldTransition } from './message.js';

const FIRST = '2026-01-01T00:00:00.000Z';
const SECOND = '2026-01-01T01:00:00.000Z';
let count = 0;

function row(
  transition: ToldTransition,
  of: Partial<Candidate> & { fingerprint?: string; at?: string } = {},
): Candidate {
  const { fingerprint = 'a', at = FIRST, ...rest } = of;
  count += 1;
  return {
    id: String(count),
    dedupKey: `key ${count}`,
    groupKey: '{}',
    transition,
    alert: firingAlert({ ruleId: '1', fingerprint, startsAt: at }),
    startsAt: new Date(at),
    incident: null,
    isTold: false,
    isBlocked: false,
    ...rest,
  };
}

function verdicts(rows: readonly Candidate[], { isMuted = false, sendsResolved = true } = {}): string[] {
  const judgement = judge(rows, { sendsResolved, isMuted: () => isMuted });
  return rows.map(
    (one) => Object.entries(judgement).find(([, list]) => (list as Candidate[]).includes(one))?.[0] ?? 'none',
  );
}

describe('judge', () => {
  it('tells what fires, and the end of what was told', () => {
    expect(verdicts([row('firing'), row('resolved', { fingerprint: 'b', isTold: true })])).toEqual([
      'told',
      'told',
    ]);
  });

  it('collapses what is over before it was told', () => {
    expect(verdicts([row('firing'), row('resolved')])).toEqual(['collapsed', 'collapsed']);
    expect(verdicts([row('firing'), row('resolved')], { isMuted: true })).toEqual(['collapsed', 'collapsed']);
  });

  it('keeps the lives of an alert apart', () => {
    const rows = [
      row('resolved', { isTold: true }),
      row('firing', { at: SECOND }),
      row('resolved', { at: SECOND }),
    ];

    expect(verdicts(rows)).toEqual(['told', 'collapsed', 'collapsed']);
  });

  it('tells that it went to and fro, though it is over', () => {
    expect(verdicts([row('firing'), row('flapping'), row('resolved')])).toEqual(['told', 'told', 'told']);
    expect(verdicts([row('flapping', { isTold: true })])).toEqual(['told']);
  });

  it('tells nobody of the end of what they never heard of', () => {
    expect(verdicts([row('resolved')])).toEqual(['dropped']);
    expect(verdicts([row('resolved', { isTold: true })], { sendsResolved: false })).toEqual(['dropped']);
  });

  it('holds the end back while the beginning is on its way, and the next life as well', () => {
    const rows = [row('resolved', { isBlocked: true }), row('firing', { at: SECOND })];

    expect(verdicts(rows)).toEqual(['blocked', 'blocked']);
  });

  it('postpones what is muted, in order, and lets reminders go', () => {
    expect(
      verdicts([row('firing'), row('reminder', { fingerprint: 'b', isTold: true })], { isMuted: true }),
    ).toEqual(['muted', 'dropped']);
  });

  it('reminds of nothing that is over', () => {
    expect(verdicts([row('reminder', { isTold: true }), row('resolved', { isTold: true })])).toEqual([
      'collapsed',
      'told',
    ]);
  });
});
