import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';
import type { CollectorEvent } from './event.js';

/** Events whose duration is the navigation time. */
export const NAVIGATION_TYPE = 'page_navigation';

/** Writes scraper_page_performance. */
@Injectable()
export class EventRepository {
  /**
   * Inserts events in one statement; `seriesIds` in their order, `arrivedAt` for events without a time.
   * The arrays travel as PostgreSQL literals made here: they hold numbers and booleans only, and the
   * driver's general encoder costs more than the insert.
   */
  async insert(
    tx: Queryable,
    events: readonly CollectorEvent[],
    seriesIds: readonly number[],
    arrivedAt: Date,
  ): Promise<void> {
    if (events.length === 0) return;
    const column = (value: (event: CollectorEvent) => number | null | undefined): string =>
      `{${events.map((event) => value(event) ?? 'NULL').join(',')}}`;
    const flags = (value: (event: CollectorEvent) => boolean): string =>
      `{${events.map((event) => (value(event) ? 't' : 'f')).join(',')}}`;
    await tx.query(
      sql`
        INSERT INTO scraper_page_performance (series_id, created_at, navigation_duration_ms, scrape_duration_ms,
          items_extracted, is_navigation, success)
        SELECT series_id, to_timestamp(epoch_ms / 1000), navigation_ms, scrape_ms, items, is_navigation, success
        FROM unnest(${`{${seriesIds.join(',')}}`}::integer[],
          ${column(({ createdAt }) => (createdAt ? Date.parse(createdAt) : arrivedAt.getTime()))}::float8[],
          ${column((event) => event.navigationDurationMs)}::float8[],
          ${column((event) => event.scrapeDurationMs)}::float8[],
          ${column((event) => event.itemsExtracted)}::integer[],
          ${flags((event) => event.metricType === NAVIGATION_TYPE)}::boolean[],
          ${flags((event) => event.success)}::boolean[]
        ) AS event (series_id, epoch_ms, navigation_ms, scrape_ms, items, is_navigation, success)`,
      { prepareAs: 'collectors-insert-events' },
    );
  }
}
