import type { InputPiece, InputRepository } from '../queue/input.repository.js';

const NEW_LINE = 10;

/** The staged records of a job, read ahead while the ones before are being written. */
export class UploadRows {
  private ahead:
    { readonly from: number; readonly to: number; readonly pieces: Promise<InputPiece[]> } | undefined;

  constructor(
    private readonly inputs: InputRepository,
    private readonly jobId: string,
    private readonly end: number,
  ) {}

  /** The lines of rows `from` to `to` (exclusive). */
  async read(from: number, to: number): Promise<Buffer[]> {
    const fits = this.ahead !== undefined && this.ahead.from <= from && this.ahead.to >= to;
    const pieces = await (fits ? this.ahead?.pieces : this.inputs.load(this.jobId, from, to));
    this.readAhead(to, Math.min(this.end, to + (to - from)));
    return (pieces ?? []).flatMap((piece) => linesOf(piece, from, to));
  }

  private readAhead(from: number, to: number): void {
    if (from >= to) {
      this.ahead = undefined;
      return;
    }
    const pieces = this.inputs.load(this.jobId, from, to);
    // Who reads them sees the failure.
    pieces.catch(() => undefined);
    this.ahead = { from, to, pieces };
  }
}

/** The part of a piece that lies between two rows; at most one buffer, without copying. */
function linesOf({ firstRow, rowCount, body }: InputPiece, from: number, to: number): Buffer[] {
  const [first, last] = [Math.max(from, firstRow), Math.min(to, firstRow + rowCount)];
  if (first >= last) return [];
  if (first === firstRow && last === firstRow + rowCount) return [body];
  const start = offsetOf(body, 0, first - firstRow);
  return [body.subarray(start, offsetOf(body, start, last - first))];
}

/** Where the line that is `lines` lines after `start` begins. */
function offsetOf(body: Buffer, start: number, lines: number): number {
  let offset = start;
  for (let line = 0; line < lines; line += 1) {
    const end = body.indexOf(NEW_LINE, offset);
    if (end === -1) return body.length;
    offset = end + 1;
  }
  return offset;
}

/** Every line by itself. */
export function splitLines(buffers: readonly Buffer[]): Buffer[] {
  const lines: Buffer[] = [];
  for (const buffer of buffers) {
    for (let offset = 0; offset < buffer.length;) {
      const end = buffer.indexOf(NEW_LINE, offset);
      const next = end === -1 ? buffer.length : end + 1;
      lines.push(buffer.subarray(offset, next));
      offset = next;
    }
  }
  return lines;
}
