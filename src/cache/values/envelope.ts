import { compress, decompress } from './compression.js';
import { parseFrozen } from './json-value.js';

/** Layout of an envelope. What carries another one is loaded anew. */
const VERSION = 'plimsoll-cache-1';
/** The header is one line; no header is longer. */
const LONGEST_HEADER_BYTES = 200_000;
const NEW_LINE = 10;
const MOST_CELLS = 64;

/** What is known of a stored value beside the value. */
export interface EnvelopeHead {
  /** Epoch and position of the invalidation clock before the value was loaded. */
  readonly epoch: string;
  readonly asOf: number;
  /** Ms since 1970 by the clock of Redis. */
  readonly storedAtMs: number;
  readonly ttlMs: number;
  readonly graceMs: number;
  /** How long loading it took. */
  readonly costMs: number;
  /** Cells of its tags and dependencies. */
  readonly cells: readonly number[];
  /** Different for every fill, so that a stored value can be recognised by its header. */
  readonly fillId: string;
}

/** What was found under a key of Redis: a value, or bytes that must not be used. */
export type Decoded =
  | { readonly head: EnvelopeHead; readonly value: unknown; readonly bytes: number }
  | { readonly poison: 'version' | 'malformed' | 'oversize' | 'foreign-key' };

const MALFORMED = { poison: 'malformed' } as const;

/** One header line in JSON, then the value: JSON, compressed where that pays. */
export async function encodeEnvelope(key: string, head: EnvelopeHead, json: string): Promise<Buffer> {
  const plain = Buffer.from(json);
  const compressed = await compress(plain);
  const { epoch, asOf, storedAtMs, ttlMs, graceMs, costMs, cells, fillId } = head;
  const codec = compressed === undefined ? 'j' : 'b';
  const payload = compressed ?? plain;
  const { length } = payload;
  const header = [
    VERSION,
    fillId,
    codec,
    length,
    epoch,
    asOf,
    storedAtMs,
    ttlMs,
    graceMs,
    costMs,
    cells,
    key,
  ];
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload]);
}

/**
 * Never throws, whatever the bytes are. Synchronous for values of ordinary length.
 * @param maxBytes longest JSON of a value
 */
export function decodeEnvelope(key: string, raw: Buffer, maxBytes: number): Decoded | Promise<Decoded> {
  const end = raw.indexOf(NEW_LINE);
  if (end === -1 || end > LONGEST_HEADER_BYTES) return MALFORMED;
  const header = parseHeader(raw.toString('utf8', 0, end), key);
  if ('poison' in header) return header;
  const payload = raw.subarray(end + 1);
  if (payload.length !== header.length) return MALFORMED;
  if (payload.length > maxBytes) return { poison: 'oversize' };
  if (header.codec === 'j') return parsePayload(header.head, payload);
  try {
    const plain = decompress(payload, maxBytes);
    if (!(plain instanceof Promise)) return parsePayload(header.head, plain);
    return plain.then((bytes) => parsePayload(header.head, bytes)).catch(poisonOf);
  } catch (error) {
    return poisonOf(error);
  }
}

/** Enough of the stored bytes to recognise them: their header. */
export function headOf(raw: Buffer): Buffer {
  const end = raw.subarray(0, LONGEST_HEADER_BYTES).indexOf(NEW_LINE);
  return end === -1 ? raw.subarray(0, 1_024) : raw.subarray(0, end + 1);
}

function parsePayload(head: EnvelopeHead, payload: Buffer): Decoded {
  try {
    return { head, value: parseFrozen(payload.toString('utf8')), bytes: payload.length };
  } catch {
    return MALFORMED;
  }
}

function poisonOf(error: unknown): Decoded {
  const isTooLong = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
  return isTooLong ? { poison: 'oversize' } : MALFORMED;
}

type Poison = Extract<Decoded, { poison: unknown }>;
type Header = { readonly head: EnvelopeHead; readonly codec: 'j' | 'b'; readonly length: number } | Poison;

function parseHeader(text: string, expectedKey: string): Header {
  if (!text.startsWith(`["${VERSION}",`)) {
    return { poison: text.startsWith('["plimsoll-cache-') ? 'version' : 'malformed' };
  }
  try {
    return readFields(JSON.parse(text) as readonly unknown[], expectedKey);
  } catch {
    return MALFORMED;
  }
}

/** By hand: it is on the path of every value that comes from Redis. */
function readFields(fields: readonly unknown[], expectedKey: string): Header {
  const [, fillId, codec, length, epoch, asOf, storedAtMs, ttlMs, graceMs, costMs, cells, key] = fields;
  const texts = [fillId, codec, epoch, key];
  const amounts = [length, asOf, storedAtMs, ttlMs, graceMs, costMs];
  if (!texts.every((text) => typeof text === 'string') || !amounts.every(isAmount) || !areCells(cells))
    return MALFORMED;
  if (codec !== 'j' && codec !== 'b') return MALFORMED;
  if (key !== expectedKey) return { poison: 'foreign-key' };
  const head = { epoch, asOf, storedAtMs, ttlMs, graceMs, costMs, cells, fillId } as EnvelopeHead;
  return { head, codec, length: length as number };
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function areCells(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MOST_CELLS && value.every(isAmount);
}
