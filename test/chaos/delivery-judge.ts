import type { Taken } from './counting-receiver.js';

/** A row of the outbox at the end of a run. */
export interface OutboxEnd {
  readonly dedupKey: string;
  readonly state: string;
}

/** What a run is judged by. */
export interface DeliveryEvidence {
  /** Dedup keys of all changes that were committed. */
  readonly committed: readonly string[];
  readonly outbox: readonly OutboxEnd[];
  readonly taken: readonly Taken[];
  /** When processes were killed, by the clock of `taken`. */
  readonly killsMs: readonly number[];
}

/** What came of it. */
export interface DeliveryVerdict {
  readonly committed: number;
  readonly told: number;
  /** Over before they were told; both halves of each. */
  readonly collapsed: number;
  /** Neither told nor collapsed. */
  readonly lost: number;
  /** Told though they are recorded as untold, or were never committed. */
  readonly invented: number;
  /** Told again by another message: the receiver cannot know it. */
  readonly duplicates: number;
  /** Told again by the same message, although the first time was answered and nobody was killed in between. */
  readonly unexplained: number;
  /** Told again by the same message, since the answer was cut off, by a kill or by the receiver. */
  readonly cutOff: number;
  /** The end of an alert before its beginning, or after the beginning of its next life. */
  readonly misordered: number;
  /** Some of what went wrong, for people. */
  readonly examples: readonly string[];
}

/** Holds what receivers counted against what was committed. */
export function judgeDelivery({ committed, outbox, taken, killsMs }: DeliveryEvidence): DeliveryVerdict {
  const first = firsts(taken);
  const states = new Map(outbox.map(({ dedupKey, state }) => [dedupKey, state]));
  const collapsed = committed.filter((key) => states.get(key) === 'collapsed');
  const known = new Set(committed);
  const repeated = taken.filter((one) => first.get(keyOf(one)) !== one);
  const same = repeated.filter((one) => first.get(keyOf(one))?.messageKey === one.messageKey);
  const isExplained = (again: Taken): boolean =>
    taken
      .filter((one) => keyOf(one) === keyOf(again) && one.atMs < again.atMs)
      .every(
        (one) => !one.isAnswered || killsMs.some((at) => at >= one.arrivedAtMs && at <= again.arrivedAtMs),
      );
  const lost = committed.filter((key) => !first.has(key) && states.get(key) !== 'collapsed');
  const unexplained = same.filter((one) => !isExplained(one));
  return {
    committed: committed.length,
    told: first.size,
    collapsed: collapsed.length,
    lost: lost.length,
    invented: [...first.keys()].filter((key) => !known.has(key) || states.get(key) !== 'sent').length,
    duplicates: repeated.length - same.length,
    unexplained: unexplained.length,
    cutOff: same.filter(isExplained).length,
    misordered: misorderedOf([...first.values()]),
    examples: [
      ...lost.slice(0, 10).map((key) => `lost ${key}: ${states.get(key) ?? 'not in the outbox'}`),
      ...unexplained.slice(0, 10).map((one) => {
        const before = first.get(keyOf(one));
        return `again after ${Math.round(one.atMs - (before?.atMs ?? 0))} ms: ${one.dedupKey}`;
      }),
    ],
  };
}

function firsts(taken: readonly Taken[]): ReadonlyMap<string, Taken> {
  const first = new Map<string, Taken>();
  for (const one of taken) if (!first.has(keyOf(one))) first.set(keyOf(one), one);
  return first;
}

function keyOf({ dedupKey }: Taken): string {
  return dedupKey;
}

/** Each alert's first tellings must come in the order of its lives, and each life's beginning before its end. */
function misorderedOf(told: readonly Taken[]): number {
  const latest = new Map<string, number>();
  let count = 0;
  for (const { receiver, fingerprint, startsAt, transition } of told) {
    const alert = `${receiver}:${fingerprint}`;
    const place = Date.parse(startsAt) * 2 + (transition === 'resolved' ? 1 : 0);
    if (place < (latest.get(alert) ?? 0)) count += 1;
    latest.set(alert, Math.max(place, latest.get(alert) ?? 0));
  }
  return count;
}
