import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { CallerIdentity } from './access.js';
import { parseApiKey } from './api-key.js';
import { KeyInvalidError } from './errors.js';
import { KeyDirectory } from './key-directory.js';
import type { KeyRecord } from './key.repository.js';
import { LastUse } from './last-use.js';

/** Compared with when there is no such key, so that this case takes as long as a wrong secret. */
const NO_HASH = Buffer.alloc(32);

/** Tells who holds an API key. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly directory: KeyDirectory,
    private readonly lastUse: LastUse,
    private readonly clock: Clock,
  ) {}

  /**
   * The holder of the key `text`. No round trip while the key was checked in the last seconds.
   * @throws KeyInvalidError TENANCY_KEY_INVALID, whatever is wrong with the key
   * @throws KeyCheckBusyError TENANCY_KEY_CHECK_BUSY
   */
  async authenticate(text: string): Promise<CallerIdentity> {
    const presented = parseApiKey(text);
    if (presented === undefined) throw new KeyInvalidError();
    const record = await this.directory.find(presented.id);
    const isGenuine = timingSafeEqual(record?.secretHash ?? NO_HASH, presented.secretHash);
    if (record === undefined || !isGenuine || !this.isUsable(record)) throw new KeyInvalidError();
    this.lastUse.note(record);
    const { id, tenantId, role, isDefaultTenant } = record;
    return { tenantId, keyId: id, role, isOperator: role === 'admin' && isDefaultTenant };
  }

  private isUsable({ revokedAt, expiresAt }: KeyRecord): boolean {
    return revokedAt === null && (expiresAt === null || this.clock.now() < expiresAt);
  }
}
