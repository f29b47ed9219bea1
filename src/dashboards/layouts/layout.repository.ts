import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { Layout } from './layout.js';

const LAYOUT = sql`
  layout.id, layout.name, layout.grid_columns AS columns, layout.grid_rows AS rows, layout.version::float8 AS version,
  layout.last_operation::float8 AS "lastOperation", layout.created_by AS "createdBy", layout.created_at AS "createdAt",
  layout.updated_at AS "updatedAt"`;

/** The layouts of tenants, without their regions. */
@Injectable()
export class LayoutRepository {
  constructor(private readonly db: Database) {}

  /** Undefined when the tenant has no such layout. */
  async find(tenantId: string, id: string): Promise<Layout | undefined> {
    const [layout] = await this.db.read<Layout>(sql`
      SELECT ${LAYOUT} FROM layouts AS layout
      WHERE layout.id = ${id}::bigint AND layout.tenant_id = ${tenantId}::bigint AND layout.deleted_at IS NULL`);
    return layout;
  }

  /** The same; until the transaction ends nobody else changes it or its regions. */
  async lock(transaction: Queryable, tenantId: string, id: string): Promise<Layout | undefined> {
    const [layout] = await transaction.query<Layout>(sql`
      SELECT ${LAYOUT} FROM layouts AS layout
      WHERE layout.id = ${id}::bigint AND layout.tenant_id = ${tenantId}::bigint AND layout.deleted_at IS NULL
      FOR NO KEY UPDATE OF layout`);
    return layout;
  }
}
