import { allowance, BURST, breakerPauseMs, paidAfter, retryDelayMs, slackMs } from './pace.js';

const PACE_MS = 5_000;
const SINGLE = { hasMore: false, isDigest: false, alerts: 1 };

/** Sends as fast as it may for a while, with something due all the time. */
function messagesIn(ms: number, message = SINGLE): number {
  let [now, paidUntil, count] = [0, 0, 0];
  while (now < ms) {
    const readyAt = Math.max(now, paidUntil - slackMs(PACE_MS));
    if (readyAt >= ms) break;
    now = readyAt;
    paidUntil = now + paidAfter(paidUntil - now, PACE_MS, message);
    count += 1;
  }
  return count;
}

describe('the pace of messages', () => {
  it('lets five go at once, and one in a while from then on', () => {
    expect(messagesIn(1)).toBe(BURST);
    expect(messagesIn(60_000)).toBe(BURST + 11);
  });

  it('lets one storm a minute go', () => {
    expect(messagesIn(59_999, { hasMore: false, isDigest: true, alerts: 51 })).toBe(1);
    expect(messagesIn(60_001, { hasMore: false, isDigest: true, alerts: 51 })).toBe(2);
  });

  it('counts the parts of a digest once', () => {
    expect(paidAfter(1_000, PACE_MS, { hasMore: true, isDigest: true, alerts: 5_000 })).toBe(1_000);
  });

  it('never counts silence for more than the burst', () => {
    expect(allowance(-1e12, PACE_MS)).toBe(BURST);
    expect(paidAfter(-1e12, PACE_MS, SINGLE)).toBe(PACE_MS);
    expect(allowance(slackMs(PACE_MS) + 1, PACE_MS)).toBe(0);
  });
});

describe('retries', () => {
  it('spread over a bound that doubles up to five minutes', () => {
    expect([1, 2, 3, 9, 10, 1_000].map((attempt) => retryDelayMs(attempt, 1))).toEqual([
      1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
    ]);
    expect(retryDelayMs(5, 0)).toBe(50);
    expect(retryDelayMs(5, 0.5)).toBe(8_000);
  });

  it('stop for a while after five failures in a row', () => {
    expect([0, 4, 5, 6, 100].map((failures) => breakerPauseMs(failures, 1))).toEqual([
      0, 0, 10_000, 20_000, 300_000,
    ]);
    expect(breakerPauseMs(5, 0)).toBe(5_000);
  });
});
