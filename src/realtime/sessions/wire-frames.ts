import { constants, deflateRawSync } from 'node:zlib';

/** Quick: the better levels take three times as long for a tenth less. */
const LEVEL = 1;
/** Less is not worth what the client spends on it. */
const MOST_SHARE = 0.9;
/** What deflate ends a block with that is not the last one; RFC 7692 leaves it out. */
const TAIL_BYTES = 4;
/** The whole message, text; and the bit for a deflated one. */
const TEXT = 0x80 | 0x01;
const DEFLATED = 0x40;
const SHORT = 126;
const LONG = 127;

/** A payload and what goes out for it: who sends to many sends the same one after the other. */
interface Made {
  readonly payload: Buffer;
  readonly frame: Buffer;
}

let lastPlain: Made | undefined;
const deflated = new WeakMap<Buffer, Buffer>();

/** A frame on the wire with `payload`, as it is. One that goes to many is made once, and written by one call. */
export function plainFrame(payload: Buffer): Buffer {
  if (lastPlain?.payload === payload) return lastPlain.frame;
  const frame = Buffer.concat([headOf(TEXT, payload.length), payload]);
  lastPlain = { payload, frame };
  return frame;
}

/**
 * A frame on the wire with `payload` deflated by itself, without any context; undefined when that is no gain. A payload
 * that goes to many is deflated once.
 */
export function deflatedFrame(payload: Buffer): Buffer | undefined {
  const frame = deflated.get(payload) ?? deflate(payload);
  deflated.set(payload, frame);
  return frame.length < payload.length * MOST_SHARE ? frame : undefined;
}

function deflate(payload: Buffer): Buffer {
  const options = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH };
  const bytes = deflateRawSync(payload, options).subarray(0, -TAIL_BYTES);
  return Buffer.concat([headOf(TEXT | DEFLATED, bytes.length), bytes]);
}

/** RFC 6455, 5.2; frames of servers have no mask. */
function headOf(firstByte: number, length: number): Buffer {
  if (length < SHORT) return Buffer.from([firstByte, length]);
  const head = length <= 0xffff ? Buffer.alloc(4) : Buffer.alloc(10);
  head.writeUInt16BE((firstByte << 8) | (head.length === 4 ? SHORT : LONG));
  head.writeUIntBE(length, head.length === 4 ? 2 : 4, head.length === 4 ? 2 : 6);
  return head;
}
