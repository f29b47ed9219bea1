import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, type Queryable } from '../platform/database/index.js';
import type { ApiKeyParts } from './api-key.js';
import { AdminKeyConflictError } from './errors.js';
import { KeyIssuer } from './key-issuer.js';
import { type KeyRecord, KeyRepository } from './key.repository.js';
import { TenantRepository } from './tenant.repository.js';

/** What became of PLIMSOLL_ADMIN_KEY. */
export type AdminKeyOutcome = 'created' | 'rotated' | 'present' | 'present but unusable';

/** Brings the stored key into line with PLIMSOLL_ADMIN_KEY. */
@Injectable()
export class ConfiguredAdminKey {
  constructor(
    private readonly db: Database,
    private readonly tenants: TenantRepository,
    private readonly keys: KeyRepository,
    private readonly issuer: KeyIssuer,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates the key, or gives it its new secret when the old one came from the environment too; that also
   * lifts a revocation. A key with this very secret is left alone, revoked or not.
   * @throws AdminKeyConflictError TENANCY_ADMIN_KEY_CONFLICT when the id is another key's
   */
  ensure({ id, secretHash }: ApiKeyParts): Promise<AdminKeyOutcome> {
    return this.db.transaction(async (transaction) => {
      const tenantId = await this.tenants.lockDefault(transaction);
      const [record] = await this.keys.findMany([id], transaction);
      if (record === undefined) return this.create(transaction, tenantId, { id, secretHash });
      if (record.tenantId !== tenantId || record.role !== 'admin') throw new AdminKeyConflictError(id);
      if (timingSafeEqual(record.secretHash, secretHash)) return this.judge(record);
      if (record.origin !== 'env') throw new AdminKeyConflictError(id);
      await this.issuer.rotate(transaction, record, secretHash);
      return 'rotated';
    });
  }

  private async create(
    transaction: Queryable,
    tenantId: string,
    { id, secretHash }: ApiKeyParts,
  ): Promise<AdminKeyOutcome> {
    await this.issuer.store(transaction, {
      id,
      secretHash,
      tenantId,
      name: 'PLIMSOLL_ADMIN_KEY',
      role: 'admin',
      origin: 'env',
      createdBy: null,
      createdAt: this.clock.now(),
      expiresAt: null,
    });
    return 'created';
  }

  private judge({ revokedAt, expiresAt }: KeyRecord): AdminKeyOutcome {
    const isUsable = revokedAt === null && (expiresAt === null || this.clock.now() < expiresAt);
    return isUsable ? 'present' : 'present but unusable';
  }
}
