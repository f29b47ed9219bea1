import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../platform/database/index.js';
import { KeyIssuer } from './key-issuer.js';
import { KeyRepository } from './key.repository.js';
import { TenantRepository } from './tenant.repository.js';

/** Makes sure that somebody can get in: gives tenant `default` an admin key when it has no usable one. */
@Injectable()
export class FirstAdminKey {
  constructor(
    private readonly db: Database,
    private readonly tenants: TenantRepository,
    private readonly keys: KeyRepository,
    private readonly issuer: KeyIssuer,
    private readonly clock: Clock,
  ) {}

  /** Text of the new key; undefined when none was needed. Of several processes at once, one makes it. */
  ensure(): Promise<string | undefined> {
    return this.db.transaction(async (transaction) => {
      const tenantId = await this.tenants.lockDefault(transaction);
      const isUsable = await this.keys.hasUsableAdminKey(transaction, { tenantId, now: this.clock.now() });
      if (isUsable) return undefined;
      const { key } = await this.issuer.issue(
        transaction,
        { name: 'First admin key', role: 'admin' },
        { tenantId, createdBy: null, origin: 'generated' },
      );
      return key;
    });
  }
}
