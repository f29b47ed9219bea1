import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/**
 * Removes for good what was deleted, and operations that nobody goes back to. Rows are removed where they were found:
 * statistics older than they are would have all others compared. What somebody is bringing back is left alone.
 */
@Injectable()
export class UpkeepRepository {
  constructor(private readonly db: Database) {}

  /**
   * Operations of layouts that were deleted, so that no layout goes with many of them. Who brings one back meanwhile
   * misses steps that are as old. Returns how many went.
   */
  removeHistories(deletedBefore: Date, limit: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM layout_operations WHERE ctid = ANY (ARRAY(
        SELECT operation.ctid FROM (
          SELECT id FROM layouts WHERE deleted_at < ${deletedBefore} ORDER BY deleted_at OFFSET 0
        ) AS layout CROSS JOIN LATERAL (
          SELECT ctid FROM layout_operations AS one WHERE one.layout_id BETWEEN layout.id AND layout.id
          ORDER BY one.layout_id, one.number LIMIT ${limit}::int) AS operation
        LIMIT ${limit}::int))`);
  }

  /** Layouts with all of their regions and operations. Returns how many went. */
  removeLayouts(deletedBefore: Date, limit: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM layouts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM layouts WHERE deleted_at < ${deletedBefore} ORDER BY deleted_at LIMIT ${limit}::int
        FOR UPDATE SKIP LOCKED)) AND deleted_at < ${deletedBefore}`);
  }

  removeRegions(deletedBefore: Date, limit: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM layout_regions WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM layout_regions WHERE deleted_at < ${deletedBefore} ORDER BY deleted_at LIMIT ${limit}::int
        FOR UPDATE SKIP LOCKED)) AND deleted_at < ${deletedBefore}`);
  }

  removeDashboards(deletedBefore: Date, limit: number): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM dashboards WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM dashboards WHERE deleted_at < ${deletedBefore} ORDER BY deleted_at LIMIT ${limit}::int
        FOR UPDATE SKIP LOCKED)) AND deleted_at < ${deletedBefore}`);
  }

  /** Layouts after `afterId` that may have operations to remove, by id. */
  async longLayouts(
    before: Date,
    { afterId, kept, limit }: { readonly afterId: string; readonly kept: number; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.db.read<{ id: string }>(sql`
      SELECT layout.id FROM layouts AS layout CROSS JOIN LATERAL (
        SELECT operation.at FROM layout_operations AS operation
        WHERE operation.layout_id = layout.id ORDER BY operation.number LIMIT 1) AS oldest
      WHERE layout.id > ${afterId}::bigint AND layout.last_operation > ${kept}::bigint AND oldest.at < ${before}
      ORDER BY layout.id LIMIT ${limit}::int`);
    return rows.map(({ id }) => id);
  }

  /** Operations of a layout from before then, but for the latest `kept` of each person. Returns how many went. */
  removeOperations(
    layoutId: string,
    { before, kept, limit }: { readonly before: Date; readonly kept: number; readonly limit: number },
  ): Promise<number> {
    return this.db.execute(sql`
      DELETE FROM layout_operations WHERE ctid = ANY (ARRAY(
        SELECT ranked.ctid FROM (
          SELECT ctid, at, row_number() OVER (PARTITION BY actor ORDER BY number DESC) AS place
          FROM layout_operations WHERE layout_id BETWEEN ${layoutId}::bigint AND ${layoutId}::bigint) AS ranked
        WHERE ranked.place > ${kept}::int AND ranked.at < ${before} LIMIT ${limit}::int))`);
  }
}
