import { randomBytes, randomUUID } from 'node:crypto';

const POOL_BYTES = 4_096;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
/** Bytes from here on are dropped: a plain modulo would favour the first characters. */
const UNBIASED = 256 - (256 % ALPHABET.length);

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
    while (token.length < length) {
      const byte = this.take(1);
      if (byte < UNBIASED) token += ALPHABET.charAt(byte % ALPHABET.length);
    }
    return token;
  }

  fraction(): number {
    return this.take(4) / 2 ** 32;
  }

  /**
   * A number of so many bytes that nobody had before, from a pool: asking the operating system costs 50 times as much
   * as reading four bytes. What was handed out, such as a key, is not to be found in memory.
   */
  private take(bytes: 1 | 4): number {
    if (this.unread + bytes > POOL_BYTES) {
      this.pool = randomBytes(POOL_BYTES);
      this.unread = 0;
    }
    const end = this.unread + bytes;
    const value = this.pool.readUIntLE(this.unread, bytes);
    this.pool.fill(0, this.unread, end);
    this.unread = end;
    return value;
  }
}
