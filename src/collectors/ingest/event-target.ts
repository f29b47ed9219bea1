import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ZodType } from 'zod';
import {
  type BatchColumn,
  type BatchImporter,
  type RecordValues,
  TargetRegistry,
} from '../../batch/index.js';
import { AcceptedTimes } from './accepted-times.js';
import { NAVIGATION_TYPE } from './event.repository.js';
import { Count, DurationMs, SeriesName } from './fields.js';
import { IngestEffects } from './ingest-effects.js';
import { SeriesRegistry } from './series-registry.js';

/** Columns that events and their rows have in common. */
const SHARED: readonly BatchColumn[] = [
  { field: 'createdAt', column: 'created_at', type: 'timestamptz', isRequired: true },
  duration('navigationDurationMs', 'navigation_duration_ms'),
  duration('scrapeDurationMs', 'scrape_duration_ms'),
  { field: 'itemsExtracted', column: 'items_extracted', type: 'integer', check: problemOf(Count, Number) },
  { field: 'success', column: 'success', type: 'boolean', isRequired: true },
];

/**
 * Events of collectors, for batch jobs: import of many, and rollups made anew. What belongs to a tenant, and what
 * jobs walk along, are its series; events are rows of another table.
 */
@Injectable()
export class EventTarget implements OnModuleInit {
  constructor(
    private readonly targets: TargetRegistry,
    private readonly series: SeriesRegistry,
    private readonly times: AcceptedTimes,
    private readonly effects: IngestEffects,
  ) {}

  onModuleInit(): void {
    this.targets.register({
      name: 'collector-events',
      table: 'scraper_series',
      tenantColumn: 'tenant_id',
      walkColumn: 'id',
      columns: [
        name('scraperSource', 'scraper_source'),
        name('metricType', 'metric_type'),
        ...SHARED.map((column) => (column.field === 'createdAt' ? this.timed(column) : column)),
      ],
      keyColumns: [],
      filters: [
        { name: 'scraperSource', column: 'scraper_source', type: 'text', comparison: '=' },
        { name: 'metricType', column: 'metric_type', type: 'text', comparison: '=' },
      ],
      transforms: [
        {
          // Hours whose events have been dropped keep what they have: it cannot be computed any more.
          name: 'backfill-rollups',
          statement: `INSERT INTO rollup_marks (series_id, hour)
            SELECT DISTINCT event.series_id, date_bin('1 hour', event.created_at, 'epoch')
            FROM page JOIN scraper_page_performance AS event ON event.series_id = page.walked
            WHERE event.created_at >= (SELECT complete_from FROM raw_horizon)`,
        },
      ],
      importer: this.importer(),
      operations: ['CREATE', 'MIGRATE'],
      changed: (tenantId) => this.effects.changed(tenantId, 'all'),
    });
  }

  private importer(): BatchImporter {
    return {
      table: 'scraper_page_performance',
      columns: [
        { field: 'seriesId', column: 'series_id', type: 'integer' },
        { field: 'isNavigation', column: 'is_navigation', type: 'boolean' },
        ...SHARED,
      ],
      rowsOf: async (tenantId, records) => {
        const names = records.map(({ scraperSource, metricType }) => ({
          scraperSource: scraperSource ?? '',
          metricType: metricType ?? '',
        }));
        const seriesIds = await this.series.resolve(tenantId, names);
        return records.map((record, index) => rowOf(record, seriesIds[index] ?? 0));
      },
    };
  }

  /** An event needs its partition. */
  private timed(column: BatchColumn): BatchColumn {
    return { ...column, check: (time) => this.times.problems([time])[0] };
  }
}

function rowOf(record: RecordValues, seriesId: number): (string | null)[] {
  const isNavigation = record['metricType'] === NAVIGATION_TYPE;
  return [String(seriesId), String(isNavigation), ...SHARED.map(({ field }) => record[field] ?? null)];
}

function name(field: string, column: string): BatchColumn {
  return { field, column, type: 'text', isRequired: true, check: problemOf(SeriesName, String) };
}

function duration(field: string, column: string): BatchColumn {
  return { field, column, type: 'double precision', check: problemOf(DurationMs, Number) };
}

/** The same rules as for events that are posted. */
function problemOf(schema: ZodType, read: (text: string) => unknown): (text: string) => string | undefined {
  return (text) => schema.safeParse(read(text)).error?.issues[0]?.message;
}
