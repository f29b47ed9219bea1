import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import type { Operation } from './operation.js';

/** An operation with whose it is. */
export interface LayoutOperation extends Operation {
  readonly layoutId: string;
  readonly tenantId: string;
}

const OPERATION = sql`
  operation.layout_id AS "layoutId", layout.tenant_id AS "tenantId", operation.number::float8 AS number,
  operation.actor, operation.kind, operation.changes, operation.layout_version::float8 AS "layoutVersion",
  operation.takes_back::float8 AS "takesBack", operation.taken_back_by::float8 AS "takenBackBy", operation.at`;

/** What was done to layouts. Written with the regions themselves, by RegionRepository. */
@Injectable()
export class OperationRepository {
  constructor(private readonly db: Database) {}

  /** The first of a layout after `number`, by number. */
  since(layoutId: string, number: number, limit: number): Promise<LayoutOperation[]> {
    return this.db.read<LayoutOperation>(sql`
      SELECT ${OPERATION}
      FROM layout_operations AS operation JOIN layouts AS layout ON layout.id = operation.layout_id
      WHERE operation.layout_id = ${layoutId}::bigint AND operation.number > ${number}::bigint
      ORDER BY operation.number LIMIT ${limit}::int`);
  }

  /** Numbers of the latest operations of the layouts that are there. */
  latest(layoutIds: readonly string[]): Promise<{ readonly layoutId: string; readonly number: number }[]> {
    return this.db.read(sql`
      SELECT layout.id AS "layoutId", layout.last_operation::float8 AS number FROM layouts AS layout
      WHERE layout.id = ANY (${layoutIds}::bigint[]) AND layout.deleted_at IS NULL`);
  }
}
