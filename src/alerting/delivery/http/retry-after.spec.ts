import { LONGEST_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';

const NOW = new Date('2026-03-01T10:00:00Z');

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['Sun, 01 Mar 2026 10:01:30 GMT', 90_000],
    ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
    ['99999999', LONGEST_RETRY_AFTER_MS],
    ['Sun, 01 Mar 2099 10:01:30 GMT', LONGEST_RETRY_AFTER_MS],
  ])('reads "%s" as %d ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each([undefined, '', 'soon', '-5', '1.5', '1e9', '2026-03-01', 'Sun, 99 Mar 2026 10:01:30 GMT'])(
    'makes nothing of "%s"',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBeUndefined();
    },
  );
});
