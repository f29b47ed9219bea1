import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** What identifies a series within its tenant. */
export interface SeriesNames {
  readonly scraperSource: string;
  readonly metricType: string;
}

/** A series with its id. */
export interface Series extends SeriesNames {
  readonly id: number;
}

/** Reads and extends scraper_series. */
@Injectable()
export class SeriesRepository {
  constructor(private readonly db: Database) {}

  /** The series among `names` that exist. */
  find(tenantId: string, names: readonly SeriesNames[]): Promise<Series[]> {
    return this.db.query<Series>(sql`
      SELECT s.id, s.scraper_source AS "scraperSource", s.metric_type AS "metricType"
      FROM scraper_series s JOIN ${unnestNames(names)}
        ON s.scraper_source = wanted.scraper_source AND s.metric_type = wanted.metric_type
      WHERE s.tenant_id = ${tenantId}::bigint`);
  }

  /** Creates what is missing among `names`; names that another process creates at the same time are no error. */
  async create(tenantId: string, names: readonly SeriesNames[]): Promise<void> {
    await this.db.query(sql`
      INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
      SELECT ${tenantId}::bigint, scraper_source, metric_type FROM ${unnestNames(names)}
      ORDER BY scraper_source, metric_type
      ON CONFLICT DO NOTHING`);
  }

  async count(tenantId: string): Promise<number> {
    const [row] = await this.db.query<{ series: number }>(
      sql`SELECT count(*)::integer AS series FROM scraper_series WHERE tenant_id = ${tenantId}::bigint`,
    );
    return row?.series ?? 0;
  }
}

function unnestNames(names: readonly SeriesNames[]): ReturnType<typeof sql> {
  return sql`unnest(${names.map(({ scraperSource }) => scraperSource)}::text[], ${names.map(({ metricType }) => metricType)}::text[])
    AS wanted (scraper_source, metric_type)`;
}
