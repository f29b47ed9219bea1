import { randomBytes, randomUUID } from 'node:crypto';

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

  requestId(): string {
    return randomUUID();
  }

  token(length: number): string {
    let token = '';
    while (token.length < length) token += encodeUnbiased(randomBytes(length));
    return token.slice(0, length);
  }

  fraction(): number {
    return randomBytes(4).readUInt32LE() / 2 ** 32;
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
