import { createHash } from 'node:crypto';
import type { ImportOptions } from './options.js';
import type { Sample } from './sample.js';
import type { SeriesFile, SeriesSummary } from './series-file.js';

const DAY_MS = 86_400_000;

/** Everything that decides which bytes are sent. */
export interface ImportPlan {
  readonly rows: number;
  /** Samples before this time of the file are left out. */
  readonly since: Date;
  /** Added to every time of the file. */
  readonly shiftMs: number;
  /** Times of the oldest and the newest event, shifted. */
  readonly from: Date;
  readonly to: Date;
  /**
   * Names the events that are sent, not the attempt: the same samples at the same times have the same key,
   * so the server skips what an interrupted attempt has stored. A later import of the same file ends at a
   * later time, is other events, and has another key.
   */
  readonly idempotencyKey: string;
}

/**
 * Reads the whole file and decides where its samples go.
 * @throws SeriesFileUnreadableError, SeriesFileInvalidError
 */
export async function planImport(file: SeriesFile, options: ImportOptions, now: Date): Promise<ImportPlan> {
  const whole = await file.summarise();
  const since =
    options.lastDays === undefined
      ? whole.oldest
      : new Date(whole.newest.getTime() - options.lastDays * DAY_MS);
  const kept = since > whole.oldest ? await file.summarise({ since }) : whole;
  const shiftMs = options.isShifted ? (options.endingAt ?? now).getTime() - whole.newest.getTime() : 0;
  return {
    rows: kept.rows,
    since,
    shiftMs,
    from: new Date(kept.oldest.getTime() + shiftMs),
    to: new Date(kept.newest.getTime() + shiftMs),
    idempotencyKey: keyOf(kept, shiftMs, options),
  };
}

/** The event of a sample as a line of NDJSON. */
export function toEventLine(
  { at, value }: Sample,
  { shiftMs }: Pick<ImportPlan, 'shiftMs'>,
  { source, type, valueRole }: Pick<ImportOptions, 'source' | 'type' | 'valueRole'>,
): string {
  const measured = valueRole === 'items' ? { itemsExtracted: value } : { scrapeDurationMs: value };
  const createdAt = new Date(at.getTime() + shiftMs).toISOString();
  return `${JSON.stringify({ scraperSource: source, metricType: type, ...measured, success: true, createdAt })}\n`;
}

function keyOf({ digest }: SeriesSummary, shiftMs: number, options: ImportOptions): string {
  const { source, type, valueRole } = options;
  const identity = JSON.stringify([digest, shiftMs, source, type, valueRole]);
  return `import-${createHash('sha256').update(identity).digest('hex')}`;
}
