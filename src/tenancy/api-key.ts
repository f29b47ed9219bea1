import { createHash } from 'node:crypto';
import { API_KEY_PATTERN } from '../config/index.js';
import type { Ids } from '../kernel/ids.js';

const KEY_ID = /^[A-Za-z0-9.-]{1,64}$/;
const BEARER = /^bearer(?: +(.*))?$/i;
const ID_LENGTH = 12;
/** 36^50 possibilities are 258 bits: a fast hash is enough, and guessing is out of reach. */
const SECRET_LENGTH = 50;

/** The two halves of `plim_<id>_<secret>`; of the secret only its SHA-256. */
export interface ApiKeyParts {
  readonly id: string;
  readonly secretHash: Buffer;
}

/** A new key with its full text, which exists here only. */
export interface GeneratedKey extends ApiKeyParts {
  readonly text: string;
}

/** Whether a key could have this id at all; other text may hold what PostgreSQL refuses. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/** Undefined when `text` is not of the form `plim_<id>_<secret>`. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, id, secret] = API_KEY_PATTERN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secretHash: sha256(secret) };
}

/** The text after "Bearer" in an Authorization header; undefined without one, and with another scheme. */
export function bearerOf(authorization: string | undefined): string | undefined {
  const [match, key = ''] = BEARER.exec(authorization ?? '') ?? [];
  return match === undefined ? undefined : key.trimEnd();
}

/** A key that nobody has seen yet. */
export function generateApiKey(ids: Ids): GeneratedKey {
  const id = ids.token(ID_LENGTH);
  const secret = ids.token(SECRET_LENGTH);
  return { id, secretHash: sha256(secret), text: `plim_${id}_${secret}` };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
