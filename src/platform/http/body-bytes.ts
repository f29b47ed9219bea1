import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import type { HeldBytes } from './bytes-in-flight.js';
import { BodyTooLargeError, MalformedBodyError, UnsupportedEncodingError } from './errors.js';

const DECODERS = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/**
 * Reads a body to its end, inflated when it is compressed. Every piece is counted before the next one is
 * asked for, so that a small body cannot become a large one unseen.
 * @throws BodyTooLargeError, BodiesBusyError, MalformedBodyError, UnsupportedEncodingError
 */
export async function readBytes(request: Request, maxBytes: number, held: HeldBytes): Promise<Buffer> {
  const source = plainBody(request);
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of piecesOf(source)) {
      size += piece.length;
      if (size > maxBytes) throw new BodyTooLargeError(maxBytes);
      held.take(piece.length);
      pieces.push(piece);
    }
  } finally {
    if (source !== request) source.destroy();
  }
  return Buffer.concat(pieces, size);
}

function plainBody(request: Request): Readable {
  const encoding = request.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return request;
  if (!Object.hasOwn(DECODERS, encoding)) throw new UnsupportedEncodingError(encoding);
  const decoder = DECODERS[encoding as keyof typeof DECODERS]();
  // A pipe hands on the end of its source, but not its failure.
  request.once('error', (error) => decoder.destroy(error));
  return request.pipe(decoder);
}

async function* piecesOf(source: Readable): AsyncGenerator<Buffer> {
  try {
    // An early end must leave the connection open for the answer.
    yield* source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isCut = code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
    throw new MalformedBodyError(
      isCut ? 'it ended before its declared length' : message.slice(0, 200),
      error,
    );
  }
}
