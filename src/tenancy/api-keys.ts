import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import type { CallerIdentity } from './access.js';
import { HeldKeys } from './held-keys.js';
import { type CreatedKey, KeyIssuer, type KeyRequest } from './key-issuer.js';
import { KeyRevoker } from './key-revoker.js';
import { type KeyInfo, KeyRepository } from './key.repository.js';
import type { Page, PageRequest } from './page.js';

/** The API keys of the caller's tenant: made, listed and revoked. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly db: Database,
    private readonly issuer: KeyIssuer,
    private readonly revoker: KeyRevoker,
    private readonly keys: KeyRepository,
    private readonly held: HeldKeys,
  ) {}

  /**
   * A new key with its full text, which cannot be had again.
   * @throws ExpiryInPastError TENANCY_EXPIRY_IN_PAST
   */
  create({ tenantId, keyId }: CallerIdentity, request: KeyRequest): Promise<CreatedKey> {
    return this.db.transaction((transaction) =>
      this.issuer.issue(transaction, request, { tenantId, createdBy: keyId, origin: 'api' }),
    );
  }

  /** Newest first, revoked and expired ones too; never a secret. Empty after an unknown cursor. */
  list({ tenantId }: CallerIdentity, page: PageRequest): Promise<Page<KeyInfo>> {
    return this.keys.list(tenantId, page);
  }

  /**
   * The key after its revocation, which counts at once here and within 5 s on other instances.
   * @throws KeyNotFoundError TENANCY_KEY_NOT_FOUND, also for a key of another tenant
   * @throws LastAdminKeyError TENANCY_LAST_ADMIN_KEY
   */
  async revoke(caller: CallerIdentity, id: string): Promise<KeyInfo> {
    const key = await this.revoker.revoke(caller, id);
    this.held.tellRevoked({ tenantId: caller.tenantId, keyId: key.id });
    return key;
  }
}
