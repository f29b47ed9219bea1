import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';

/** Sources x types of the generated series, and how far back they reach. */
export const SOURCES = 20;
export const TYPES = 5;
export const DAYS = 89;

/**
 * Fills the raw table with log-normal durations (median 148 ms) spread evenly over series and days, and
 * `plain_events` with the same rows: a table without index or partitions, for the sequential scan.
 */
export async function loadSeries(db: Database, tenantId: string, rowCount: number): Promise<void> {
  await db.query(sql`
    INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
    SELECT ${tenantId}::bigint, 'source-' || s, 'type-' || t
    FROM generate_series(1, ${SOURCES}::integer) s, generate_series(1, ${TYPES}::integer) t`);
  await db.query(sql`SELECT setseed(0.42)`);
  await db.query(sql`
    INSERT INTO scraper_page_performance (series_id, created_at, scrape_duration_ms, items_extracted, is_navigation, success)
    SELECT first_id + i % ${SOURCES * TYPES}::integer, now() - random() * ${DAYS}::integer * interval '1 day',
      exp(5 + 1.2 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())), (random() * 100)::integer, false, random() < 0.95
    FROM generate_series(1, ${rowCount}::integer) AS i,
      (SELECT min(id) AS first_id FROM scraper_series WHERE tenant_id = ${tenantId}::bigint) AS series`);
  await db.query(sql`CREATE TABLE plain_events AS SELECT * FROM scraper_page_performance`);
  await db.query(sql`VACUUM ANALYZE plain_events`);
  await db.query(sql`VACUUM ANALYZE scraper_page_performance`);
}
