import { Injectable } from '@nestjs/common';
import { sql } from '../kernel/sql.js';
import { Database, type Queryable } from '../platform/database/index.js';
import type { Role } from './access.js';
import { type Page, type PageRequest, toPage } from './page.js';

/** Where a key came from: an admin's request, PLIMSOLL_ADMIN_KEY, or the first start without that. */
export type KeyOrigin = 'api' | 'env' | 'generated';

/** What may be shown of a key. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly origin: KeyOrigin;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Exact to about a minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What it takes to check a key. */
export interface KeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly isDefaultTenant: boolean;
  readonly name: string;
  readonly role: Role;
  readonly origin: KeyOrigin;
  readonly secretHash: Buffer;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A key to be stored. */
export interface NewKey extends Pick<
  KeyInfo,
  'id' | 'name' | 'role' | 'origin' | 'createdBy' | 'createdAt' | 'expiresAt'
> {
  readonly tenantId: string;
  readonly secretHash: Buffer;
}

/** One use of a key. */
export interface KeyUse {
  readonly id: string;
  readonly at: Date;
}

const KEY_INFO = sql`
  id, name, role, origin, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;

/** Which admin keys count. */
interface AdminKeyQuestion {
  readonly tenantId: string;
  readonly now: Date;
  readonly exceptId?: string | null;
  /** Only keys that never expire. */
  readonly isForGood?: boolean;
}

/** The API keys. */
@Injectable()
export class KeyRepository {
  constructor(private readonly db: Database) {}

  /** Records of those `ids` that exist; revoked and expired ones too. */
  findMany(ids: readonly string[], transaction?: Queryable): Promise<KeyRecord[]> {
    const statement = sql`
      SELECT key.id, key.tenant_id AS "tenantId", tenant.slug = 'default' AS "isDefaultTenant", key.name,
        key.role, key.origin, key.secret_hash AS "secretHash", key.expires_at AS "expiresAt",
        key.last_used_at AS "lastUsedAt", key.revoked_at AS "revokedAt"
      FROM api_keys AS key JOIN tenants AS tenant ON tenant.id = key.tenant_id
      WHERE key.id = ANY (${ids}::text[])`;
    return transaction?.query<KeyRecord>(statement) ?? this.db.read<KeyRecord>(statement);
  }

  /** Newest first; the cursor is the id of the last key before. */
  async list(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<KeyInfo>> {
    const after = cursor ?? null;
    const rows = await this.db.read<KeyInfo>(sql`
      SELECT ${KEY_INFO} FROM api_keys
      WHERE tenant_id = ${tenantId}::bigint AND (${after}::text IS NULL OR sequence <
        (SELECT sequence FROM api_keys WHERE tenant_id = ${tenantId}::bigint AND id = ${after}::text))
      ORDER BY sequence DESC LIMIT ${limit + 1}::int`);
    return toPage(rows, limit);
  }

  /** Undefined when the tenant has no such key. */
  async find(source: Queryable, tenantId: string, id: string): Promise<KeyInfo | undefined> {
    const [key] = await source.query<KeyInfo>(
      sql`SELECT ${KEY_INFO} FROM api_keys WHERE tenant_id = ${tenantId}::bigint AND id = ${id}`,
    );
    return key;
  }

  async insert(transaction: Queryable, key: NewKey): Promise<void> {
    await transaction.query(sql`
      INSERT INTO api_keys
        (id, tenant_id, role, name, origin, secret_hash, created_by, created_at, expires_at)
      VALUES (${key.id}, ${key.tenantId}, ${key.role}, ${key.name}, ${key.origin}, ${key.secretHash},
        ${key.createdBy}, ${key.createdAt}, ${key.expiresAt})`);
  }

  async revoke(transaction: Queryable, id: string, at: Date): Promise<void> {
    await transaction.query(
      sql`UPDATE api_keys SET revoked_at = ${at} WHERE id = ${id} AND revoked_at IS NULL`,
    );
  }

  /** Gives a key another secret and makes it usable again. */
  async rotate(transaction: Queryable, id: string, secretHash: Buffer): Promise<void> {
    await transaction.query(
      sql`UPDATE api_keys SET secret_hash = ${secretHash}, revoked_at = NULL WHERE id = ${id}`,
    );
  }

  /** Whether the tenant has an admin key, other than `exceptId`, that works at `now`, and for good if asked. */
  async hasUsableAdminKey(
    transaction: Queryable,
    { tenantId, now, exceptId = null, isForGood = false }: AdminKeyQuestion,
  ): Promise<boolean> {
    const rows = await transaction.query(sql`
      SELECT 1 FROM api_keys
      WHERE tenant_id = ${tenantId}::bigint AND role = 'admin' AND revoked_at IS NULL
        AND (expires_at IS NULL OR (expires_at > ${now} AND NOT ${isForGood}::boolean)) AND id IS DISTINCT FROM ${exceptId}::text
      LIMIT 1`);
    return rows.length > 0;
  }

  /**
   * Writes each use that is a minute or more after the one on record. Rows are locked in the order of
   * their ids: two instances that write the same keys must not deadlock.
   */
  async recordUses(uses: readonly KeyUse[]): Promise<void> {
    const ids = uses.map(({ id }) => id);
    const times = uses.map(({ at }) => at);
    await this.db.query(sql`
      WITH due AS (
        SELECT key.id, used.at
        FROM api_keys AS key
        JOIN unnest(${ids}::text[], ${times}::timestamptz[]) AS used (id, at) ON used.id = key.id
        WHERE key.last_used_at IS NULL OR key.last_used_at <= used.at - interval '1 minute'
        ORDER BY key.id
        FOR NO KEY UPDATE OF key)
      UPDATE api_keys AS key SET last_used_at = due.at FROM due WHERE key.id = due.id`);
  }
}
