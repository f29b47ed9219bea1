import type { Request } from 'express';
import { InvalidInputError } from '../platform/http/index.js';

/** A tag by RFC 9110, weak or strong. */
const TAG = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
/** As VersionedAnswer writes it. */
const OWN_TAG = /^"([1-9]\d{0,14})"$/;
/** Nothing has it: versions begin at 1. */
const NO_VERSION = 0;

/**
 * The version that a change is based on: of the header If-Match, as answers carry it in ETag, or of the body. A tag that
 * no answer can have had matches nothing, as If-Match asks for; nor does a weak one.
 * @throws InvalidInputError HTTP_INPUT_INVALID when the header is no tag, or another version than the body's
 */
export function expectedVersion(request: Pick<Request, 'get'>, inBody?: number): number | undefined {
  const header = request.get('If-Match')?.trim();
  if (header === undefined || header === '*') return inBody;
  if (!TAG.test(header))
    throw refusal('must be one ETag as it was answered, such as "3" with its quotes, or *');
  const version = Number(OWN_TAG.exec(header)?.[1] ?? NO_VERSION);
  if (inBody !== undefined && inBody !== version) throw refusal('is another version than that of the body');
  return version;
}

function refusal(message: string): InvalidInputError {
  return new InvalidInputError([{ path: 'If-Match', message }], 1);
}
