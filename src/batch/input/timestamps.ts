/** ISO 8601 with a zone: without one, PostgreSQL would take that of its session. */
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2})(?:(:\d{2})(?:\.(\d{1,6}))?)?(Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/;
/** PostgreSQL counts from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const DIGITS = 6;

/**
 * Microseconds since 2000-01-01T00:00:00Z, as PostgreSQL keeps a timestamptz (datatype/timestamp.h); undefined when
 * the text names no time of the years 1 to 9999.
 */
export function microsOf(text: string): bigint | undefined {
  const [, day = '', time = '', seconds = '', fraction = '', zone = ''] = TIMESTAMP.exec(text) ?? [];
  const ms = Date.parse(day + time + seconds + zone);
  if (Number.isNaN(ms) || day.startsWith('0000') || !isInCalendar(day)) return undefined;
  return BigInt(ms - EPOCH_MS) * 1_000n + BigInt(fraction.padEnd(DIGITS, '0'));
}

/** ISO 8601, UTC. */
export function timestampOfMicros(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - rest) / 1_000n) + EPOCH_MS)
    .toISOString()
    .slice(0, -'.000Z'.length);
  return rest === 0n ? `${seconds}Z` : `${seconds}.${String(rest).padStart(DIGITS, '0')}Z`;
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isInCalendar(day: string): boolean {
  return new Date(Date.parse(day)).getUTCDate() === Number(day.slice(-2));
}
