import type { BatchColumn, ColumnType } from '../targets/batch-target.js';
import { ByteWriter } from './byte-writer.js';
import { microsOf, timestampOfMicros } from './timestamps.js';

/** Before and after the rows of a COPY in binary format (PostgreSQL, "COPY", Binary Format). */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);

const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const JSONB_VERSION = 1;

/** How PostgreSQL sends and receives a type (src/backend/utils/adt), length first. */
interface BinaryType {
  write(text: string, into: ByteWriter): void;
  read(bytes: Buffer): string;
}

const TYPES: Readonly<Record<ColumnType, BinaryType>> = {
  text: {
    write: (text, into) => into.text(text),
    read: (bytes) => bytes.toString(),
  },
  integer: {
    write: (text, into) => {
      into.int32(4);
      into.int32(Number(text));
    },
    read: (bytes) => String(bytes.readInt32BE()),
  },
  bigint: {
    write: (text, into) => writeInt64(BigInt(text), into),
    read: (bytes) => String(bytes.readBigInt64BE()),
  },
  'double precision': {
    write: (text, into) => {
      into.int32(8);
      into.double(Number(text));
    },
    read: (bytes) => String(bytes.readDoubleBE()),
  },
  boolean: {
    write: (text, into) => {
      into.int32(1);
      into.int8(text === 'true' ? 1 : 0);
    },
    read: (bytes) => String(bytes[0] === 1),
  },
  timestamptz: {
    write: (text, into) => writeInt64(microsOf(text) ?? 0n, into),
    read: (bytes) => timestampOfMicros(bytes.readBigInt64BE()),
  },
  jsonb: {
    write: (text, into) => into.text(text, JSONB_VERSION),
    read: (bytes) => bytes.toString('utf8', 1),
  },
};

/**
 * Rows for COPY in binary format: the tenant, if there is one, then the columns. PostgreSQL takes them in about a
 * fifth less time than as text, and needs no escapes.
 */
export class CopyRows {
  private readonly bytes = new ByteWriter();
  private written = 0;

  constructor(private readonly tenantId?: string) {}

  /** Rows so far. */
  get count(): number {
    return this.written;
  }

  /** Bytes so far. */
  get length(): number {
    return this.bytes.length;
  }

  /** @param values as encodeValue gave them, in the order of the columns */
  add(columns: readonly BatchColumn[], values: readonly (string | null)[]): void {
    const { tenantId } = this;
    this.bytes.int16(columns.length + (tenantId === undefined ? 0 : 1));
    if (tenantId !== undefined) writeInt64(BigInt(tenantId), this.bytes);
    for (const [index, { type }] of columns.entries()) {
      const value = values[index] ?? null;
      if (value === null) this.bytes.int32(NULL_LENGTH);
      else TYPES[type].write(value, this.bytes);
    }
    this.written += 1;
  }

  /** The rows; begins anew. */
  take(): { readonly rowCount: number; readonly body: Buffer } {
    const rowCount = this.written;
    this.written = 0;
    return { rowCount, body: this.bytes.take() };
  }
}

/** What COPY reads: rows with what stands around them. */
export function copyFileOf(rows: readonly Buffer[]): Buffer[] {
  return [HEADER, ...rows, TRAILER];
}

/** The rows of what COPY wrote. */
export function rowsOfFile(file: Buffer): Buffer[] {
  return splitRows([file.subarray(HEADER.length, file.length - TRAILER.length)]);
}

/** Where the row that is `rows` rows after `start` begins. */
export function rowOffset(body: Buffer, start: number, rows: number): number {
  let offset = start;
  for (let row = 0; row < rows && offset < body.length; row += 1) {
    const fields = body.readInt16BE(offset);
    offset += COUNT_BYTES;
    for (let field = 0; field < fields; field += 1) {
      offset += LENGTH_BYTES + Math.max(0, body.readInt32BE(offset));
    }
  }
  return offset;
}

/** Every row by itself. */
export function splitRows(bodies: readonly Buffer[]): Buffer[] {
  const rows: Buffer[] = [];
  for (const body of bodies) {
    for (let offset = 0; offset < body.length;) {
      const next = rowOffset(body, offset, 1);
      rows.push(body.subarray(offset, next));
      offset = next;
    }
  }
  return rows;
}

/** The fields of a row, as they came; null for null. */
export function fieldsOf(row: Buffer): (Buffer | null)[] {
  let offset = COUNT_BYTES;
  return Array.from({ length: row.readInt16BE() }, () => {
    const length = row.readInt32BE(offset);
    const from = offset + LENGTH_BYTES;
    offset = from + Math.max(0, length);
    return length === NULL_LENGTH ? null : row.subarray(from, offset);
  });
}

/** The values of a row as texts, without its tenant. */
export function valuesOf(row: Buffer, columns: readonly BatchColumn[]): (string | null)[] {
  const [, ...fields] = fieldsOf(row);
  return columns.map(({ type }, index) => {
    const bytes = fields[index] ?? null;
    return bytes === null ? null : TYPES[type].read(bytes);
  });
}

function writeInt64(value: bigint, into: ByteWriter): void {
  into.int32(8);
  into.int64(value);
}
