import type { LockHolder } from './errors.js';

const SEPARATOR = '|';

/** One try to get one lock, from asking to giving back. */
export interface Claim {
  readonly resource: string;
  /** Unique for ever. */
  readonly id: string;
  /** Whoever runs the work, with all locks it takes inside one another; nodes of the wait-for graph. */
  readonly ownerId: string;
  /** The owner holds other locks already, so that it can be part of a deadlock. */
  readonly isNested: boolean;
  readonly ttlMs: number;
  /** What stands for this claim in a store: `id|owner|instance|host|pid|ms since 1970`. */
  readonly value: string;
}

/** The middle of the texts of all claims of a holder. */
export function encodeHolder({ instanceId, host, pid }: LockHolder): string {
  return ['', instanceId, host, pid, ''].join(SEPARATOR);
}

/** The text of a claim. @param holder as encodeHolder gave it */
export function encodeValue(id: string, ownerId: string, holder: string, atMs: number): string {
  return id + SEPARATOR + ownerId + holder + String(atMs);
}

/** Who made a claim; null when another program wrote the text. */
export function holderOf(value: string): LockHolder | null {
  const [, , instanceId, host, pid, atMs] = value.split(SEPARATOR);
  if (instanceId === undefined || host === undefined || atMs === undefined) return null;
  return { instanceId, host, pid: Number(pid) };
}
