import { sql } from '../../src/kernel/sql.js';
import { type Database, TransactionConflictError } from '../../src/platform/database/index.js';
import type { Random } from './random.js';

const DAY_MS = 86_400_000;

/**
 * A random change as any writer might make it: inserts, late rows, corrections, moves in time, deletions.
 * Two of them may meet at one row that moves to another partition; the loser's change is rolled back.
 */
export async function changeRandomly(
  db: Database,
  random: Random,
  seriesIds: readonly number[],
): Promise<void> {
  try {
    await change(db, random, seriesIds);
  } catch (error) {
    if (!(error instanceof TransactionConflictError)) throw error;
  }
}

async function change(db: Database, random: Random, seriesIds: readonly number[]): Promise<void> {
  const at = (): Date => new Date(Date.now() - random.of([0.01, 1, 10, 60]) * random.fraction() * DAY_MS);
  const durationMs = random.of([
    null,
    0,
    random.fraction(),
    random.fraction() * 1e4,
    random.fraction() * 1e9,
  ]);
  const seriesId = random.of(seriesIds);
  const kind = random.of(['insert', 'insert', 'insert', 'update', 'move', 'delete'] as const);
  const victim = sql`(series_id, created_at, id) IN (
    SELECT series_id, created_at, id FROM scraper_page_performance WHERE series_id = ${seriesId}
    ORDER BY created_at LIMIT ${1 + random.below(3)} OFFSET ${random.below(40)})`;
  switch (kind) {
    case 'insert':
      await db.query(sql`
        INSERT INTO scraper_page_performance
          (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
        SELECT ${seriesId}::integer, at, ${durationMs}::float8, ${random.below(50)}::integer,
          ${random.fraction() < 0.3}::boolean, ${random.fraction() < 0.9}::boolean
        FROM unnest(${Array.from({ length: 1 + random.below(4) }, at)}::timestamptz[]) AS at`);
      return;
    case 'update':
      await db.query(sql`
        UPDATE scraper_page_performance SET scrape_duration_ms = ${durationMs}::float8, success = NOT success
        WHERE ${victim}`);
      return;
    case 'move':
      await db.query(
        sql`UPDATE scraper_page_performance SET created_at = ${at()}::timestamptz WHERE ${victim}`,
      );
      return;
    case 'delete':
      await db.query(sql`DELETE FROM scraper_page_performance WHERE ${victim}`);
  }
}
