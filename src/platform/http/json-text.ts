import { MalformedBodyError } from './errors.js';

/** Far more than any schema here has; a parser recurses, and deep input costs it a multiple of flat input. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ by this bit alone. */
const CURLY_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * The value of JSON in UTF-8.
 * @throws MalformedBodyError HTTP_BODY_MALFORMED, also when it nests deeper than 64 levels
 */
export function parseJson(bytes: Buffer): unknown {
  if (isTooDeep(bytes)) throw new MalformedBodyError(`it nests deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new MalformedBodyError(error.message.slice(0, 200), error);
  }
}

/** One pass over the bytes: in UTF-8 no part of a longer character looks like one of these signs. */
function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === BACKSLASH && isInString) index += 1;
    else if (byte === QUOTE) isInString = !isInString;
    else if (isInString) continue;
    else if ((byte | CURLY_BIT) === OPENING && ++depth > MAX_DEPTH) return true;
    else if ((byte | CURLY_BIT) === CLOSING) depth -= 1;
  }
  return false;
}
