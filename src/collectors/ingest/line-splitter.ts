/** Characters one line may have; an event with the longest names has about 1,000. */
export const LINE_MAX_LENGTH = 65_536;

/** Cuts a stream of UTF-8 bytes into lines. Holds at most one unfinished line. */
export class LineSplitter {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private rest = '';

  /**
   * The lines that `chunk` completes, without their ends.
   * @throws TypeError when the bytes are not UTF-8
   */
  push(chunk: Uint8Array): string[] {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    return lines;
  }

  /** The last line, if the stream did not end with a line end. */
  end(): string[] {
    const last = this.rest + this.decoder.decode();
    this.rest = '';
    return last === '' ? [] : [last];
  }

  /** The unfinished line is longer than any event can be. */
  get isOverlong(): boolean {
    return this.rest.length > LINE_MAX_LENGTH;
  }
}
