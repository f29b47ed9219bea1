import { isUtf8 } from 'node:buffer';
import { BatchInputError } from './errors.js';

/** Longest record, in bytes. */
export const LONGEST_RECORD_BYTES = 1_048_576;
const NEW_LINE = 10;
const BOM = '\uFEFF';

/** A line without its end; a carriage return before it is still there, because in CSV it may be part of a value. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a stream, with constant memory.
 * @throws BatchInputError for lines that are too long, no UTF-8, or hold NUL
 */
export async function* readLines(source: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 1;
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, from)) {
      const rest = chunk.subarray(from, end);
      yield lineOf(held.length === 0 ? rest : Buffer.concat([...held, rest]), number);
      [held, heldBytes, from] = [[], 0, end + 1];
      number += 1;
    }
    if (from < chunk.length) {
      held.push(chunk.subarray(from));
      heldBytes += chunk.length - from;
    }
    if (heldBytes > LONGEST_RECORD_BYTES) throw tooLong(number);
  }
  if (heldBytes > 0) yield lineOf(Buffer.concat(held), number);
}

function lineOf(bytes: Buffer, number: number): Line {
  if (bytes.length > LONGEST_RECORD_BYTES) throw tooLong(number);
  if (!isUtf8(bytes)) throw new BatchInputError(number, 'it is no UTF-8');
  if (bytes.includes(0)) throw new BatchInputError(number, 'it holds a NUL byte');
  const text = bytes.toString('utf8');
  return { number, text: number === 1 && text.startsWith(BOM) ? text.slice(1) : text };
}

function tooLong(number: number): BatchInputError {
  return new BatchInputError(number, `it has more than ${LONGEST_RECORD_BYTES} bytes`);
}
