import { randomBytes, randomUUID } from 'node:crypto';

const POOL_BYTES = 4_096;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** The only source of identifiers and randomness; tests inject a counting version. */
export abstract class Ids {
  /** One value per process: in every log line and lease. */
  abstract readonly instanceId: string;
  /** Identifier of one HTTP request. */
  abstract requestId(): string;
  /** `length` characters of 0-9a-z from a cryptographic source. */
  abstract token(length: number): string;
  /** Uniform in [0, 1), for jitter. */
  abstract fraction(): number;
}

/** Identifiers from the operating system's random source. */
export class RandomIds extends Ids {
  readonly instanceId = randomUUID();
  private pool = Buffer.alloc(0);
  private unread = POOL_BYTES;

  requestId(): string {
    return randomUUID();
  }

  token(length: number): string {
    let token = '';
    while (token.length < length) token += encodeUnbiased(randomBytes(length));
    return token.slice(0, length);
  }

  /** From a pool: asking the operating system costs 50 times as much as reading four bytes. */
  fraction(): number {
    if (this.unread + 4 > POOL_BYTES) {
      this.pool = randomBytes(POOL_BYTES);
      this.unread = 0;
    }
    const value = this.pool.readUInt32LE(this.unread);
    this.unread += 4;
    return value / 2 ** 32;
  }
}

/** Bytes >= 252 (the largest multiple of 36) are dropped: a plain modulo would favour the first characters. */
function encodeUnbiased(bytes: Buffer): string {
  const limit = 256 - (256 % ALPHABET.length);
  return [...bytes]
    .filter((byte) => byte < limit)
    .map((byte) => ALPHABET.charAt(byte % ALPHABET.length))
    .join('');
}
