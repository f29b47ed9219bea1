import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { InvalidInputError, type RequestHeader } from '../platform/http/index.js';

const HEADER = 'Idempotency-Key';

/** Visible ASCII, as in draft-ietf-httpapi-idempotency-key-header; bounded, because it is stored. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** The header, for the OpenAPI document. */
export const IDEMPOTENCY_HEADER: RequestHeader = {
  name: HEADER,
  description: 'The same for every try of one batch: it is stored once. Forgotten 7 days after its last use.',
  pattern: KEY.source,
};

/**
 * The request's Idempotency-Key, if it has one.
 * @throws InvalidInputError HTTP_INPUT_INVALID
 */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.get(HEADER);
  if (key === undefined) return undefined;
  if (KEY.test(key)) return key;
  throw new InvalidInputError([{ path: HEADER, message: 'must be 1 to 255 visible ASCII characters' }], 1);
}

/** The key together with a digest of the JSON body: the same key with another body is refused. */
export function idempotencyOf(
  request: Request,
): { readonly key: string; readonly digest: Buffer } | undefined {
  const key = idempotencyKeyOf(request);
  if (key === undefined) return undefined;
  return { key, digest: createHash('sha256').update(JSON.stringify(request.body)).digest() };
}
