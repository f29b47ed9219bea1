import { Injectable } from '@nestjs/common';
import { sql, type SqlFragment } from '../../kernel/sql.js';
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
  async find(tenantId: string, names: readonly SeriesNames[]): Promise<Series[]> {
    return among(names, await this.db.read<Series>(withNamesOf(tenantId, names)));
  }

  /**
   * Creates what is missing among `names`, unless the tenant would then have more than `limit`: false, and
   * nothing is created. One creation at a time per tenant, so that the limit holds.
   */
  createWithin(limit: number, tenantId: string, names: readonly SeriesNames[]): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.query(sql`SELECT id FROM tenants WHERE id = ${tenantId}::bigint FOR NO KEY UPDATE`);
      const found = among(names, await tx.query<Series>(withNamesOf(tenantId, names)));
      const [row] = await tx.query<{ series: number }>(sql`
        SELECT count(*)::integer AS series FROM scraper_series WHERE tenant_id = ${tenantId}::bigint`);
      if ((row?.series ?? 0) + names.length - found.length > limit) return false;
      await tx.query(sql`
        INSERT INTO scraper_series (tenant_id, scraper_source, metric_type)
        SELECT ${tenantId}::bigint, scraper_source, metric_type FROM unnest(${names.map(({ scraperSource }) => scraperSource)}::text[],
          ${names.map(({ metricType }) => metricType)}::text[]) AS wanted (scraper_source, metric_type)
        ON CONFLICT DO NOTHING`);
      return true;
    });
  }
}

/**
 * More than `names`: each source with each type. A join would compare all names with all series of a tenant that the
 * planner's statistics do not know.
 */
function withNamesOf(tenantId: string, names: readonly SeriesNames[]): SqlFragment {
  return sql`
    SELECT id, scraper_source AS "scraperSource", metric_type AS "metricType" FROM scraper_series
    WHERE tenant_id = ${tenantId}::bigint
      AND scraper_source = ANY (${[...new Set(names.map(({ scraperSource }) => scraperSource))]}::text[])
      AND metric_type = ANY (${[...new Set(names.map(({ metricType }) => metricType))]}::text[])`;
}

function among(names: readonly SeriesNames[], series: readonly Series[]): Series[] {
  const wanted = new Set(names.map(keyOf));
  return series.filter((each) => wanted.has(keyOf(each)));
}

/** Names cannot hold a quote, so it separates them without doubt. */
function keyOf({ scraperSource, metricType }: SeriesNames): string {
  return `${scraperSource}"${metricType}`;
}
