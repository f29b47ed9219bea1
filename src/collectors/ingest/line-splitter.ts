/** Bytes one line may have; an event with the longest names has about 1,000. */
export const LINE_MAX_BYTES = 65_536;

const LINE_END = 0x0a;

/** Lines without their ends. `isBroken`: the line after the last one given is not UTF-8. */
export interface SplitLines {
  readonly lines: readonly string[];
  readonly isBroken: boolean;
}

/** Cuts a stream of UTF-8 bytes into lines. Holds at most one unfinished line. */
export class LineSplitter {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private rest: Uint8Array = new Uint8Array(0);

  /** The lines that `chunk` completes. */
  push(chunk: Uint8Array): SplitLines {
    const end = chunk.lastIndexOf(LINE_END);
    if (end < 0) {
      this.rest = Buffer.concat([this.rest, chunk]);
      return { lines: [], isBroken: false };
    }
    const complete = Buffer.concat([this.rest, chunk.subarray(0, end)]);
    // A copy: the rest must not keep the whole chunk in memory.
    this.rest = Uint8Array.from(chunk.subarray(end + 1));
    return this.decode(complete);
  }

  /** The last line, if the stream did not end with a line end. */
  end(): SplitLines {
    const last = this.rest;
    this.rest = new Uint8Array(0);
    return last.length === 0 ? { lines: [], isBroken: false } : this.decode(last);
  }

  /** The unfinished line is longer than any event can be. */
  get isOverlong(): boolean {
    return this.rest.length > LINE_MAX_BYTES;
  }

  private decode(bytes: Uint8Array): SplitLines {
    const whole = this.tryDecode(bytes);
    if (whole !== undefined) return { lines: whole.split('\n'), isBroken: false };
    const lines: string[] = [];
    for (let start = 0; start <= bytes.length;) {
      const found = bytes.indexOf(LINE_END, start);
      const end = found < 0 ? bytes.length : found;
      const line = this.tryDecode(bytes.subarray(start, end));
      if (line === undefined) break;
      lines.push(line);
      start = end + 1;
    }
    return { lines, isBroken: true };
  }

  private tryDecode(bytes: Uint8Array): string | undefined {
    try {
      return this.decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
}
