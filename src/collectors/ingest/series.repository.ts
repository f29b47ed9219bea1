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
    return this.db.read<Series>(sql`
      SELECT s.id, s.scraper_source AS "scraperSource", s.metric_type AS "metricType"
      FROM scraper_series s JOIN ${unnestNames(names)}
        ON s.scraper_source = wanted.scraper_source AND s.metric_type = wanted.metric_type
      WHERE s.tenant_id = ${tenantId}::bigint`);
  }

  /**
   * Creates what is missing among `names`, unless the tenant would then have more than `limit`: false, and
   * nothing is created. One creation at a time per tenant, so that the limit holds.
   */
  createWithin(limit: number, tenantId: string, names: readonly SeriesNames[]): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.query(sql`SELECT id FROM tenants WHERE id = ${tenantId}::bigint FOR NO KEY UPDATE`);
      const [row] = await tx.query<{ isWithin: boolean }>(sql`
        SELECT (SELECT count(*) FROM scraper_series WHERE tenant_id = ${tenantId}::bigint) + (
          SELECT count(*) FROM ${unnestNames(names)} WHERE NOT EXISTS (
            SELECT FROM scraper_series s WHERE s.tenant_id = ${tenantId}::bigint
              AND s.scraper_source = wanted.scraper_source AND s.metric_type = wanted.metric_type)
        ) <= ${limit}::bigint AS "isWithin"`);
      if (!row?.isWithin) return false;
      await tx.query(sql`
        INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
        SELECT ${tenantId}::bigint, scraper_source, metric_type FROM ${unnestNames(names)}
        ON CONFLICT DO NOTHING`);
      return true;
    });
  }
}

function unnestNames(names: readonly SeriesNames[]): ReturnType<typeof sql> {
  return sql`unnest(${names.map(({ scraperSource }) => scraperSource)}::text[], ${names.map(({ metricType }) => metricType)}::text[])
    AS wanted (scraper_source, metric_type)`;
}
