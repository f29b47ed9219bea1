import type { Taken } from '../../chaos/counting-receiver.js';
import { judgeDelivery } from '../../chaos/delivery-judge.js';

const START = '2026-01-01T00:00:00.000Z';

function taken(transition: 'firing' | 'resolved', atMs: number, of: Partial<Taken> = {}): Taken {
  const dedupKey = `a:${START}:${transition}:1`;
  const rest = { receiver: '1', fingerprint: 'a', startsAt: START, messageKey: 'm', isAnswered: true };
  return { dedupKey, transition, atMs, arrivedAtMs: atMs, ...rest, ...of };
}

const KEYS = ['firing', 'resolved'].map((transition) => `a:${START}:${transition}:1`);
const SENT = KEYS.map((dedupKey) => ({ dedupKey, state: 'sent' }));
const judge = (list: readonly Taken[], killsMs: readonly number[] = [], outbox = SENT) =>
  judgeDelivery({ committed: KEYS, outbox, taken: list, killsMs });

describe('the judge of deliveries', () => {
  it('finds nothing wrong with what is told once and in order', () => {
    expect(judge([taken('firing', 1), taken('resolved', 2)])).toMatchObject({
      told: 2,
      lost: 0,
      duplicates: 0,
      unexplained: 0,
      cutOff: 0,
      misordered: 0,
    });
  });

  it('finds what was lost, and what was invented', () => {
    const collapsed = KEYS.map((dedupKey) => ({ dedupKey, state: 'collapsed' }));

    expect(judge([taken('firing', 1)])).toMatchObject({ lost: 1 });
    expect(judge([], [], collapsed)).toMatchObject({ lost: 0, collapsed: 2 });
    expect(judge([taken('firing', 1)], [], collapsed)).toMatchObject({ invented: 1 });
  });

  it('finds the end before the beginning', () => {
    expect(judge([taken('resolved', 1), taken('firing', 2)])).toMatchObject({ misordered: 1 });
  });

  it('tells repetitions apart: by another message, without a reason, after a cut', () => {
    const again = taken('firing', 9);
    const rest = taken('resolved', 10);

    expect(judge([taken('firing', 1, { messageKey: 'other' }), again, rest])).toMatchObject({
      duplicates: 1,
    });
    expect(judge([taken('firing', 1), again, rest])).toMatchObject({ unexplained: 1, cutOff: 0 });
    expect(judge([taken('firing', 1), again, rest], [5])).toMatchObject({ unexplained: 0, cutOff: 1 });
    expect(judge([taken('firing', 1, { isAnswered: false }), again, rest])).toMatchObject({ cutOff: 1 });
  });
});
