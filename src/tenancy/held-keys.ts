import { Injectable } from '@nestjs/common';
import { EventType, DomainEvents } from '../platform/events/index.js';
import type { CallerIdentity } from './access.js';
import { KeyDirectory } from './key-directory.js';
import { KeyRepository } from './key.repository.js';

/** A key that was proven, and stays in use for as long as a connection is open. */
export interface HeldKey {
  readonly caller: CallerIdentity;
  readonly name: string;
  readonly expiresAt: Date | null;
  /** Tells whether the key is still the same one. */
  readonly secretHash: Buffer;
}

/** A key was revoked by this instance. */
export interface KeyRevoked {
  readonly tenantId: string;
  readonly keyId: string;
}

/** Published after the commit. */
export const KEY_REVOKED = new EventType<KeyRevoked>('tenancy.key-revoked');

/** Tells those who keep keys in use which of them work no longer. */
@Injectable()
export class HeldKeys {
  constructor(
    private readonly keys: KeyRepository,
    private readonly directory: KeyDirectory,
    private readonly events: DomainEvents,
  ) {}

  /** After the commit of a revocation: it counts here at once. */
  tellRevoked(revoked: KeyRevoked): void {
    this.directory.forget(revoked.keyId);
    this.events.publish(KEY_REVOKED, revoked);
  }

  /** Another instance revoked the key. */
  forget(keyId: string): void {
    this.directory.forget(keyId);
  }

  /** Which of these were revoked, or have another secret now. One statement for all, always a fresh answer. */
  async lost(held: readonly HeldKey[]): Promise<readonly HeldKey[]> {
    if (held.length === 0) return [];
    const ids = [...new Set(held.map(({ caller }) => caller.keyId))];
    const records = new Map((await this.keys.findMany(ids)).map((record) => [record.id, record]));
    return held.filter(({ caller, secretHash }) => {
      const record = records.get(caller.keyId);
      return record === undefined || record.revokedAt !== null || !record.secretHash.equals(secretHash);
    });
  }
}
