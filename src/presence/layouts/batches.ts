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
export function presenceFrame(layoutId: string, { joins, leaves, updates }: DiffPart): string {
  return (
    `{"type":"presence.diff","layout":${JSON.stringify(layoutId)},` +
    `"joins":[${joins}],"leaves":[${leaves}],"updates":[${updates}]}`
  );
}
