import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';

const MAX_KEYS = 10_000;
/** A revoked key loses its own rate-limit bucket after this time at the latest. */
const REMEMBER_MS = 10 * 60_000;

interface KnownKey {
  readonly keyId: string;
  readonly forgetAtMs: number;
}

/**
 * Authorization headers that were proven genuine lately, by their hash. The rate limiter runs before
 * authentication and must not trust a key id just because somebody sent it: made-up ids would evade the
 * limit, and a stranger's id with a wrong secret would use up the stranger's. It grants no access.
 */
@Injectable()
export class KnownKeys {
  private readonly known = new Map<string, KnownKey>();

  constructor(private readonly clock: Clock) {}

  /** Called by the guard after it has authenticated `authorization` as the key `keyId`. */
  remember(authorization: string, keyId: string): void {
    const digest = digestOf(authorization);
    // Re-inserted at the end: the map's order is the order of eviction.
    this.known.delete(digest);
    this.known.set(digest, { keyId, forgetAtMs: this.clock.monotonic() + REMEMBER_MS });
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_KEYS && oldest !== undefined) this.known.delete(oldest);
  }

  /** Called by the guard when it refuses `authorization`. */
  forget(authorization: string): void {
    this.known.delete(digestOf(authorization));
  }

  /** Id of the key, when this very header was proven genuine in the last ten minutes. */
  keyIdOf(authorization: string | undefined): string | undefined {
    if (authorization === undefined) return undefined;
    const found = this.known.get(digestOf(authorization));
    return found !== undefined && this.clock.monotonic() < found.forgetAtMs ? found.keyId : undefined;
  }
}

function digestOf(authorization: string): string {
  return hash('sha256', authorization);
}
