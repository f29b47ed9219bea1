import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Ids } from '../kernel/ids.js';
import type { Queryable } from '../platform/database/index.js';
import type { Role } from './access.js';
import { generateApiKey } from './api-key.js';
import { AuditTrail } from './audit-trail.js';
import { ExpiryInPastError } from './errors.js';
import { type KeyInfo, type KeyRecord, KeyRepository, type NewKey } from './key.repository.js';

/** What is asked of a new key. */
export interface KeyRequest {
  readonly name: string;
  readonly role: Role;
  /** Absent: works until it is revoked. */
  readonly expiresAt?: Date | undefined;
}

/** For whom a key is made, and by whom. */
export type KeyOwner = Pick<NewKey, 'tenantId' | 'createdBy' | 'origin'>;

/** A new key; `key` is its full text, which cannot be had again. */
export interface CreatedKey extends Pick<KeyInfo, 'id' | 'name' | 'role' | 'createdAt' | 'expiresAt'> {
  readonly key: string;
}

/** Makes keys and changes their secrets, with an audit entry each, in a transaction of its user. */
@Injectable()
export class KeyIssuer {
  constructor(
    private readonly keys: KeyRepository,
    private readonly audit: AuditTrail,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws ExpiryInPastError TENANCY_EXPIRY_IN_PAST */
  async issue(
    transaction: Queryable,
    { name, role, expiresAt }: KeyRequest,
    owner: KeyOwner,
  ): Promise<CreatedKey> {
    const createdAt = this.clock.now();
    if (expiresAt !== undefined && expiresAt <= createdAt) throw new ExpiryInPastError(expiresAt);
    const { id, secretHash, text } = generateApiKey(this.ids);
    const key = { id, name, role, createdAt, expiresAt: expiresAt ?? null };
    await this.store(transaction, { ...key, ...owner, secretHash });
    return { ...key, key: text };
  }

  /** Stores a key whose text somebody else chose. */
  async store(transaction: Queryable, key: NewKey): Promise<void> {
    await this.keys.insert(transaction, key);
    const { tenantId, createdBy, id, name, role, origin, expiresAt } = key;
    const details = { name, role, origin, expiresAt };
    await this.audit.record(transaction, {
      tenantId,
      actor: createdBy,
      action: 'key.created',
      subject: id,
      details,
    });
  }

  /** Gives a key another secret, which also lifts its revocation. */
  async rotate(
    transaction: Queryable,
    { id, tenantId, origin, revokedAt }: KeyRecord,
    secretHash: Buffer,
  ): Promise<void> {
    await this.keys.rotate(transaction, id, secretHash);
    const details = { origin, wasRevoked: revokedAt !== null };
    await this.audit.record(transaction, {
      tenantId,
      actor: null,
      action: 'key.rotated',
      subject: id,
      details,
    });
  }
}
