import type { ServerPosition } from './replica.repository.js';

const KEPT_MS = 3_600_000;

interface Sample {
  readonly atMs: number;
  readonly walBytes: number;
  /** Ms since 1970 by the primary's clock. */
  readonly clockMs: number;
}

/** Where the primary stood, and when: how old a position of the log is, by one clock and without commits. */
export class PrimaryTrail {
  private samples: Sample[] = [];

  add(sample: Sample): void {
    this.samples.push(sample);
    if (this.samples.length % 100 === 0) {
      this.samples = this.samples.filter(({ atMs }) => sample.atMs - atMs <= KEPT_MS);
    }
  }

  get newest(): Sample | undefined {
    return this.samples.at(-1);
  }

  /** The latest moment at which the primary had written no more than `walBytes`; undefined before the first sample. */
  momentOf(walBytes: number): number | undefined {
    return this.samples.findLast((sample) => sample.walBytes <= walBytes)?.atMs;
  }
}

/** How far a replica is behind; the time is a bound, and never too small. */
export interface Lag {
  readonly bytes: number | null;
  readonly ms: number | null;
}

/**
 * Two bounds, of which the smaller one counts: the age of the last replayed commit, which grows while nobody commits,
 * and the time since the primary stood where the replica is now, which is no finer than the checks. Commits carry the
 * primary's time: the clock of the replica, which may be another, is not asked.
 */
export function lagOf(replica: ServerPosition, trail: PrimaryTrail, nowMs: number): Lag {
  const { walBytes, replayedAtMs } = replica;
  const { newest } = trail;
  if (newest === undefined) return { bytes: null, ms: null };
  const primaryNowMs = newest.clockMs + nowMs - newest.atMs;
  const sinceReplayMs = replayedAtMs === null ? null : Math.max(0, primaryNowMs - replayedAtMs);
  if (walBytes === null) return { bytes: null, ms: sinceReplayMs };
  const bytes = Math.max(0, newest.walBytes - walBytes);
  const moment = trail.momentOf(walBytes);
  const byTrail = moment === undefined ? Infinity : nowMs - moment;
  const ms = Math.min(byTrail, sinceReplayMs ?? Infinity);
  return { bytes, ms: Number.isFinite(ms) ? Math.max(0, ms) : null };
}
