const FIRST_BYTES = 65_536;

/** Numbers and texts one after the other, most significant byte first; grows as needed. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private written = 0;

  /** Bytes so far. */
  get length(): number {
    return this.written;
  }

  int8(value: number): void {
    this.written = this.room(1).writeInt8(value, this.written);
  }

  int16(value: number): void {
    this.written = this.room(2).writeInt16BE(value, this.written);
  }

  int32(value: number): void {
    this.written = this.room(4).writeInt32BE(value, this.written);
  }

  int64(value: bigint): void {
    this.written = this.room(8).writeBigInt64BE(value, this.written);
  }

  double(value: number): void {
    this.written = this.room(8).writeDoubleBE(value, this.written);
  }

  /** UTF-8, behind its length in bytes. @param sign stands before the text */
  text(value: string, sign?: number): void {
    const extra = sign === undefined ? 0 : 1;
    const bytes = Buffer.byteLength(value);
    this.int32(bytes + extra);
    if (sign !== undefined) this.int8(sign);
    this.written += this.room(bytes).write(value, this.written);
  }

  /** What was written; begins anew. */
  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.written));
    this.written = 0;
    return bytes;
  }

  private room(bytes: number): Buffer {
    const needed = this.written + bytes;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.buffer.length));
      this.buffer.copy(larger, 0, 0, this.written);
      this.buffer = larger;
    }
    return this.buffer;
  }
}
