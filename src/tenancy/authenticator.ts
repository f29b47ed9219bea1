import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { CallerIdentity } from './access.js';
import { parseApiKey } from './api-key.js';
import { KeyInvalidError } from './errors.js';
import type { HeldKey } from './held-keys.js';
import { KeyDirectory } from './key-directory.js';
import type { KeyRecord } from './key.repository.js';
import { LastUse } from './last-use.js';

/** Compared with when there is no such key, so that this case takes as long as a wrong secret. */
const NO_HASH = Buffer.alloc(32);

/** What a key that somebody showed is worth. Only who has its secret hears that it is expired. */
export type ShownKey =
  | { readonly state: 'usable'; readonly held: HeldKey }
  | { readonly state: 'expired' }
  | { readonly state: 'invalid' };

/** Tells who holds an API key. */
@Injectable()
export class Authenticator {
  /** Thousands of connections of a key share what is known of it. */
  private readonly held = new WeakMap<KeyRecord, HeldKey>();

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
    const shown = await this.examine(text);
    if (shown.state !== 'usable') throw new KeyInvalidError();
    return shown.held.caller;
  }

  /** The same for those who keep the key in use. @throws KeyCheckBusyError TENANCY_KEY_CHECK_BUSY */
  async examine(text: string): Promise<ShownKey> {
    const presented = parseApiKey(text);
    if (presented === undefined) return { state: 'invalid' };
    const record = await this.directory.find(presented.id);
    const isGenuine = timingSafeEqual(record?.secretHash ?? NO_HASH, presented.secretHash);
    if (record === undefined || !isGenuine || record.revokedAt !== null) return { state: 'invalid' };
    if (record.expiresAt !== null && record.expiresAt <= this.clock.now()) return { state: 'expired' };
    this.lastUse.note(record);
    return { state: 'usable', held: this.holding(record) };
  }

  private holding(record: KeyRecord): HeldKey {
    const held = this.held.get(record) ?? toHeld(record);
    this.held.set(record, held);
    return held;
  }
}

function toHeld({ id, tenantId, role, isDefaultTenant, name, expiresAt, secretHash }: KeyRecord): HeldKey {
  const isOperator = role === 'admin' && isDefaultTenant;
  return { caller: { tenantId, keyId: id, role, isOperator }, name, expiresAt, secretHash };
}
