import { Injectable } from '@nestjs/common';
import { sql } from '../kernel/sql.js';
import { Database, type Queryable } from '../platform/database/index.js';
import { DefaultTenantMissingError } from './errors.js';
import { type Page, type PageRequest, toPage } from './page.js';

/** A customer of this installation. */
export interface Tenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** The tenants. */
@Injectable()
export class TenantRepository {
  constructor(private readonly db: Database) {}

  /** Undefined when the slug is taken. */
  async insert(
    transaction: Queryable,
    { slug, name, createdAt }: Omit<Tenant, 'id'>,
  ): Promise<Tenant | undefined> {
    const [tenant] = await transaction.query<Tenant>(sql`
      INSERT INTO tenants (slug, name, created_at) VALUES (${slug}, ${name}, ${createdAt})
      ON CONFLICT (slug) DO NOTHING
      RETURNING id, slug, name, created_at AS "createdAt"`);
    return tenant;
  }

  /** In the order of creation. */
  async list({ limit, cursor = '0' }: PageRequest): Promise<Page<Tenant>> {
    const rows = await this.db.read<Tenant>(sql`
      SELECT id, slug, name, created_at AS "createdAt" FROM tenants
      WHERE id > ${cursor}::bigint ORDER BY id LIMIT ${limit + 1}::int`);
    return toPage(rows, limit);
  }

  /**
   * Makes changes to the admin keys of one tenant wait for each other until the transaction ends. The mode
   * lets rows that refer to the tenant be inserted meanwhile.
   */
  async lockAdminKeys(transaction: Queryable, tenantId: string): Promise<void> {
    await transaction.query(sql`SELECT 1 FROM tenants WHERE id = ${tenantId}::bigint FOR NO KEY UPDATE`);
  }

  /** Id of tenant `default`, which the first migration makes, with its admin keys locked. */
  async lockDefault(transaction: Queryable): Promise<string> {
    const [tenant] = await transaction.query<{ id: string }>(
      sql`SELECT id FROM tenants WHERE slug = 'default' FOR NO KEY UPDATE`,
    );
    if (tenant === undefined) throw new DefaultTenantMissingError();
    return tenant.id;
  }
}
