import { isUtf8 } from 'node:buffer';
import { CELL_COUNT } from '../consistency/cells.js';
import { compress, decompress } from './compression.js';
import { parseFrozen } from './json-value.js';

/** Layout of an envelope. What carries another one is loaded anew. */
const VERSION = 'plimsoll-cache-1';
/** The header is one line. The longest has a key of 65,536 control characters, six bytes each in JSON. */
const LONGEST_HEADER_BYTES = 400_000;
const NEW_LINE = 10;
const MOST_CELLS = 64;
/** Ten thousand years in ms, and more invalidations than there will be. */
const MOST = 2 ** 52;

/** The header of an envelope. */
type Fields = readonly [
  version: string,
  fillId: string,
  codec: 'j' | 'b',
  /** Of the payload as it is stored, and of the JSON. */
  length: number,
  plainLength: number,
  asOf: number,
  storedAtMs: number,
  ttlMs: number,
  graceMs: number,
  costMs: number,
  epoch: string,
  cells: readonly number[],
  key: string,
];
const FIELD_COUNT: Fields['length'] = 13;
const FIRST_AMOUNT = 3;
const AMOUNTS = 7;

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
const OVERSIZE = { poison: 'oversize' } as const;

/** One header line in JSON, then the value: JSON, compressed where that pays. */
export async function encodeEnvelope(key: string, head: EnvelopeHead, json: string): Promise<Buffer> {
  const plain = Buffer.from(json);
  const compressed = await compress(plain);
  const payload = compressed ?? plain;
  const { fillId, epoch, asOf, storedAtMs, ttlMs, graceMs, costMs, cells } = head;
  const codec = compressed === undefined ? 'j' : 'b';
  const lengths = [payload.length, plain.length] as const;
  const times = [storedAtMs, ttlMs, graceMs, costMs] as const;
  const header: Fields = [VERSION, fillId, codec, ...lengths, asOf, ...times, epoch, cells, key];
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
  if (header.plainLength > maxBytes) return OVERSIZE;
  if (header.codec === 'j') return readPayload(header, payload);
  try {
    const plain = decompress(payload, header.plainLength);
    return Buffer.isBuffer(plain) ? readPayload(header, plain) : readLater(header, plain);
  } catch {
    return MALFORMED;
  }
}

/** Enough of the stored bytes to recognise them: their header. */
export function headOf(raw: Buffer): Buffer {
  const end = raw.subarray(0, LONGEST_HEADER_BYTES).indexOf(NEW_LINE);
  return end === -1 ? raw.subarray(0, 1_024) : raw.subarray(0, end + 1);
}

function readPayload({ head, plainLength }: Header, plain: Buffer): Decoded {
  // Decoding would put U+FFFD in the place of what is no UTF-8.
  if (plain.length !== plainLength || !isUtf8(plain)) return MALFORMED;
  try {
    return { head, value: parseFrozen(plain.toString('utf8')), bytes: plainLength };
  } catch {
    return MALFORMED;
  }
}

async function readLater(header: Header, pending: Promise<Buffer>): Promise<Decoded> {
  try {
    return readPayload(header, await pending);
  } catch {
    return MALFORMED;
  }
}

type Poison = Extract<Decoded, { poison: unknown }>;

interface Header {
  readonly head: EnvelopeHead;
  readonly codec: 'j' | 'b';
  readonly length: number;
  readonly plainLength: number;
}

function parseHeader(text: string, expectedKey: string): Header | Poison {
  if (!text.startsWith(`["${VERSION}",`)) {
    return text.startsWith('["plimsoll-cache-') ? { poison: 'version' } : MALFORMED;
  }
  try {
    const fields: unknown = JSON.parse(text);
    return areFields(fields) ? headerOf(fields, expectedKey) : MALFORMED;
  } catch {
    return MALFORMED;
  }
}

function headerOf(fields: Fields, expectedKey: string): Header | Poison {
  const [, fillId, codec, length, plainLength, asOf, storedAtMs, ttlMs, graceMs, costMs, epoch, cells, key] =
    fields;
  if (key !== expectedKey) return { poison: 'foreign-key' };
  const head = { epoch, asOf, storedAtMs, ttlMs, graceMs, costMs, cells, fillId };
  return { head, codec, length, plainLength };
}

/** By hand: it is on the path of every value that comes from Redis. */
function areFields(fields: unknown): fields is Fields {
  if (!Array.isArray(fields) || fields.length !== FIELD_COUNT) return false;
  for (let index = FIRST_AMOUNT; index < FIRST_AMOUNT + AMOUNTS; index += 1)
    if (!isAmount(fields[index])) return false;
  return areTexts(fields[1], fields[10], fields[12]) && isCodec(fields[2]) && areCells(fields[11]);
}

function areTexts(first: unknown, second: unknown, third: unknown): boolean {
  return typeof first === 'string' && typeof second === 'string' && typeof third === 'string';
}

function isCodec(value: unknown): boolean {
  return value === 'j' || value === 'b';
}

function areCells(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MOST_CELLS && value.every(isCell);
}

/** An amount that a sum of two still holds exactly, which Infinity ("1e999" in JSON) is not. */
function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MOST;
}

/** A cell that is none would count as never invalidated. */
function isCell(value: unknown): boolean {
  return Number.isInteger(value) && isAmount(value) && (value as number) < CELL_COUNT;
}
