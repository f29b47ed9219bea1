import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, type Queryable } from '../platform/database/index.js';
import type { CallerIdentity } from './access.js';
import { isKeyId } from './api-key.js';
import { AuditTrail } from './audit-trail.js';
import { KeyNotFoundError, LastAdminKeyError } from './errors.js';
import { type KeyInfo, KeyRepository } from './key.repository.js';
import { TenantRepository } from './tenant.repository.js';

/** Revokes keys, and never the last key that could make new ones. */
@Injectable()
export class KeyRevoker {
  constructor(
    private readonly db: Database,
    private readonly tenants: TenantRepository,
    private readonly keys: KeyRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * The key after its revocation; a revoked key stays as it is.
   * @throws KeyNotFoundError TENANCY_KEY_NOT_FOUND, also for a key of another tenant
   * @throws LastAdminKeyError TENANCY_LAST_ADMIN_KEY
   */
  async revoke({ tenantId, keyId: actor }: CallerIdentity, id: string): Promise<KeyInfo> {
    if (!isKeyId(id)) throw new KeyNotFoundError(id);
    return this.db.transaction(async (transaction) => {
      // Two admins who revoke each other's key at once: the second one must see what the first one did.
      await this.tenants.lockAdminKeys(transaction, tenantId);
      const key = await this.keys.find(transaction, tenantId, id);
      if (key === undefined) throw new KeyNotFoundError(id);
      if (key.revokedAt !== null) return key;
      const revokedAt = this.clock.now();
      if (key.role === 'admin') await this.refuseLast(transaction, key, { tenantId, now: revokedAt });
      await this.keys.revoke(transaction, id, revokedAt);
      const details = { name: key.name, role: key.role };
      await this.audit.record(transaction, { tenantId, actor, action: 'key.revoked', subject: id, details });
      return { ...key, revokedAt };
    });
  }

  /** A key that never expires may only go when another one stays: the others would lock all out one day. */
  private async refuseLast(
    transaction: Queryable,
    { id, expiresAt }: KeyInfo,
    scope: { tenantId: string; now: Date },
  ): Promise<void> {
    const isForGood = expiresAt === null;
    const hasAnother = await this.keys.hasUsableAdminKey(transaction, { ...scope, exceptId: id, isForGood });
    if (!hasAnother) throw new LastAdminKeyError(id);
  }
}
