import { createHash } from 'node:crypto';

/** An entity tag in a list: W/ marks a weak one, which makes no difference here. */
const ENTITY_TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** The strong entity tag of a body. */
export function entityTagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url')}"`;
}

/** Whether If-None-Match names `entityTag`: in a list, weakly, or by `*` (RFC 9110, 13.1.2). */
export function isNamedBy(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(ENTITY_TAG)].some(([, opaque]) => opaque === entityTag);
}
