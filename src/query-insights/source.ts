/** Where figures come from, and whether they are whole. */
export interface InsightSource {
  readonly name: string;
  /** limited: it answers, but less than it could. */
  readonly state: 'available' | 'limited' | 'unavailable';
  /** Why it is not available as a whole; null when it is. */
  readonly reason: string | null;
  /** What would make it whole; null when nothing is to be done. */
  readonly remedy: string | null;
}

/** A source with nothing to complain about. */
export function availableSource(name: string): InsightSource {
  return { name, state: 'available', reason: null, remedy: null };
}

/** A source that was not asked so far. */
export function unreadSource(name: string): InsightSource {
  const reason = 'it was not read yet, or QUERY_MONITORS_ENABLED is false';
  return { name, state: 'unavailable', reason, remedy: null };
}
