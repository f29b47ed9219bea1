import { createHash } from 'node:crypto';

const OPAQUE_TAG = String.raw`"[\x21\x23-\x7e\x80-\xff]*"`;
const ENTITY_TAG = String.raw`(?:W/)?${OPAQUE_TAG}`;
/** A list of entity tags; elements may be empty (RFC 9110, 5.6.1). */
const LIST = new RegExp(String.raw`^[\t ,]*${ENTITY_TAG}(?:[\t ]*,[\t ,]*${ENTITY_TAG})*[\t ,]*$`);
const OPAQUE_TAGS = new RegExp(OPAQUE_TAG, 'g');

/**
 * The entity tag of a body. Weak: the same body goes out plain, as gzip and as br, and strong tags would have to tell
 * these apart (RFC 9110, 8.8.3).
 */
export function entityTagOf(body: string): string {
  return `W/"${createHash('sha256').update(body).digest('base64url')}"`;
}

/**
 * Whether If-None-Match names `entityTag`: in a list, compared weakly, or by `*` (RFC 9110, 13.1.2). What is no list
 * of entity tags names nothing.
 */
export function isNamedBy(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const named: readonly string[] = LIST.test(ifNoneMatch) ? (ifNoneMatch.match(OPAQUE_TAGS) ?? []) : [];
  return named.includes(entityTag.replace(/^W\//, ''));
}
