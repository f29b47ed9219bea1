import { constants, deflateRawSync } from 'node:zlib';

/** Quick: the better levels take three times as long for a tenth less. */
const LEVEL = 1;
/** Less is not worth what the client spends on it. */
const MOST_SHARE = 0.9;
/** What deflate ends a block with that is not the last one; RFC 7692 leaves it out. */
const TAIL_BYTES = 4;
/** The whole message, deflated, text. */
const FIRST_BYTE = 0x80 | 0x40 | 0x01;
const SHORT = 126;
const LONG = 127;

const kept = new WeakMap<Buffer, Buffer>();

/**
 * A frame on the wire with `payload` deflated by itself, without any context; undefined when that is no gain. A payload
 * that goes to many is deflated once.
 */
export function deflatedFrame(payload: Buffer): Buffer | undefined {
  const frame = kept.get(payload) ?? frameOf(payload);
  kept.set(payload, frame);
  return frame.length < payload.length * MOST_SHARE ? frame : undefined;
}

function frameOf(payload: Buffer): Buffer {
  const options = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH };
  const deflated = deflateRawSync(payload, options).subarray(0, -TAIL_BYTES);
  return Buffer.concat([headOf(deflated.length), deflated]);
}

/** RFC 6455, 5.2; frames of servers have no mask. */
function headOf(length: number): Buffer {
  if (length < SHORT) return Buffer.from([FIRST_BYTE, length]);
  const head = length <= 0xffff ? Buffer.alloc(4) : Buffer.alloc(10);
  head.writeUInt16BE((FIRST_BYTE << 8) | (head.length === 4 ? SHORT : LONG));
  head.writeUIntBE(length, head.length === 4 ? 2 : 4, head.length === 4 ? 2 : 6);
  return head;
}
