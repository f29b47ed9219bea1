import type { JobView } from '../batch/index.js';

/** A job as it is answered. */
export interface ShownJob extends JobView {
  /** Since it began; null before that. */
  readonly recordsPerSecond: number | null;
  /** Until its end, at this rate; null when nobody can know. */
  readonly etaMs: number | null;
}

export function showJob(job: JobView, now: Date): ShownJob {
  const { startedAt, finishedAt, processed, total, state } = job;
  const ranMs = startedAt === null ? 0 : (finishedAt ?? now).getTime() - startedAt.getTime();
  const recordsPerSecond = ranMs > 0 ? Math.round((processed / ranMs) * 1_000) : null;
  const isGoing = state === 'running' && recordsPerSecond !== null && recordsPerSecond > 0;
  const etaMs =
    isGoing && total !== null
      ? Math.round((Math.max(0, total - processed) / recordsPerSecond) * 1_000)
      : null;
  return { ...job, recordsPerSecond, etaMs };
}
