import { MalformedBodyError } from './errors.js';

/** Far more than any schema here has; a parser recurses, and deep input costs it a multiple of flat input. */
const MAX_DEPTH = 64;

/** Five times the rows of the largest body: each costs far more memory and time than its two signs say. */
const MAX_CONTAINERS = 50_000;

/** Fields that are taken out before anybody looks: what is refused is not done without them. */
const LOST_FIELD = /"(__proto__|constructor|prototype)"\s*:/;

/** Names may be written with escapes, and are the same names then: `_` and letters. */
const ESCAPED_LETTER = /\\u00(5f|[46][1-9a-f]|[57][0-9a])/gi;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ by this bit alone. */
const CURLY_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * The value of JSON in UTF-8.
 * @throws MalformedBodyError HTTP_BODY_MALFORMED, also when it nests deeper than 64 levels or has too many parts
 */
export function parseJson(bytes: Buffer): unknown {
  const excess = findExcess(bytes);
  if (excess !== undefined) throw new MalformedBodyError(excess);
  const text = textOf(bytes);
  const lost = findLostField(text);
  if (lost !== undefined) throw new MalformedBodyError(lost);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new MalformedBodyError(error.message.slice(0, 200), error);
  }
}

/** Replacing what is no UTF-8 would store what nobody sent. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new MalformedBodyError('it is not UTF-8', error);
  }
}

/** What is wrong with names of fields in a JSON text; undefined when nothing is. */
export function findLostField(text: string): string | undefined {
  const plain = text.includes('\\u00') ? text.replaceAll(ESCAPED_LETTER, letterOf) : text;
  const lost = LOST_FIELD.exec(plain)?.[1];
  return lost === undefined ? undefined : `it has a field named ${lost}`;
}

function letterOf(_escape: string, code: string): string {
  return String.fromCharCode(Number.parseInt(code, 16));
}

/**
 * Why nobody should parse this JSON, as it is too deep or has too many parts; undefined when there is no reason.
 * One pass over the bytes: in UTF-8 no part of a longer character looks like one of these signs. */
export function findExcess(bytes: Buffer): string | undefined {
  let [depth, containers] = [0, 0];
  let isInString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    // Outside of text it ends the parsing anyway.
    if (byte === BACKSLASH) index += 1;
    else if (byte === QUOTE) isInString = !isInString;
    else if (isInString) continue;
    else if ((byte | CURLY_BIT) === CLOSING) depth -= 1;
    else if ((byte | CURLY_BIT) === OPENING) {
      depth += 1;
      containers += 1;
      if (depth > MAX_DEPTH) return `it nests deeper than ${MAX_DEPTH} levels`;
      if (containers > MAX_CONTAINERS) return `it holds more than ${MAX_CONTAINERS} arrays and objects`;
    }
  }
  return undefined;
}
