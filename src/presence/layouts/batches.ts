import type { DiffPart } from './pending-diff.js';

/** Counts what batching does. */
export class PresenceBatches {
  /** Frames made, and how often they were given to a connection. */
  frames = 0;
  deliveries = 0;
  bytes = 0;

  note(bytes: number, receivers: number): void {
    this.frames += 1;
    this.deliveries += receivers;
    this.bytes += bytes * receivers;
  }
}

/** A presence.diff of the protocol. */
export function presenceFrame(layoutId: string, part: DiffPart): string {
  return `{"type":"presence.diff","layout":${JSON.stringify(layoutId)},${listsOf(part)}}`;
}

/** The same for other instances. */
export function presenceMessage(from: string, number: number, part: DiffPart): string {
  return `{"from":${JSON.stringify(from)},"number":${number},${listsOf(part)}}`;
}

/** Changes of this instance and of others in as few frames as the size allows; they are about different connections. */
export function mergeParts(
  ours: readonly DiffPart[],
  theirs: readonly DiffPart[],
  maxEntries: number,
): readonly DiffPart[] {
  const [one, other] = [ours.at(-1), theirs[0]];
  if (one === undefined || other === undefined || one.entries + other.entries > maxEntries) {
    return [...ours, ...theirs];
  }
  const merged = {
    joins: join(one.joins, other.joins),
    leaves: join(one.leaves, other.leaves),
    updates: join(one.updates, other.updates),
    entries: one.entries + other.entries,
  };
  return [...ours.slice(0, -1), merged, ...theirs.slice(1)];
}

function listsOf({ joins, leaves, updates }: DiffPart): string {
  return `"joins":[${joins}],"leaves":[${leaves}],"updates":[${updates}]`;
}

function join(one: string, other: string): string {
  return one === '' || other === '' ? one + other : `${one},${other}`;
}
