/** Smaller partitions cost more than their workers gain. */
const LEAST_ROWS = 50_000;
const MOST_PARTITIONS = 4;

/**
 * Divides what lies between two positions (exclusive, inclusive) into partitions of about the same length.
 * @param rows about how many rows there are
 */
export function rangesOf(after: number, upTo: number, rows: number): (readonly [string, string])[] {
  const count = Math.max(1, Math.min(MOST_PARTITIONS, Math.floor(rows / LEAST_ROWS)));
  const end = (part: number): number => after + Math.floor(((upTo - after) * part) / count);
  return Array.from({ length: count }, (_, part) => [String(end(part)), String(end(part + 1))] as const);
}
