import { isNamed } from './series-matches.js';
import type { SeriesPattern } from './window.repository.js';

/** Series that the patterns of one tenant may match in one question, added up: some 20 MB. */
export const MOST_OF_TENANT = 50_000;

/**
 * Which patterns match too many series to be answered: more than `mostEach` by themselves, or, in their order, more than
 * MOST_OF_TENANT with those before them. What names one series is always answered: thousands of patterns that match
 * hundreds each must not take the memory of the process, nor the time of other tenants.
 */
export function cutsOf(
  patterns: readonly SeriesPattern[],
  matched: readonly (readonly unknown[])[],
  mostEach: number,
): boolean[] {
  const taken = new Map<string, number>();
  return patterns.map((pattern, index) => {
    const count = matched[index]?.length ?? 0;
    if (count > mostEach) return true;
    if (isNamed(pattern)) return false;
    const sum = (taken.get(pattern.tenantId) ?? 0) + count;
    if (sum > MOST_OF_TENANT) return true;
    taken.set(pattern.tenantId, sum);
    return false;
  });
}
