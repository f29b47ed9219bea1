import type { IncomingMessage } from 'node:http';
import type { PerMessageDeflateOptions } from 'ws';

/** As 2 ** bits bytes: what a client may look back to, and so what is kept to inflate its frames. */
const CLIENT_WINDOW_BITS = 10;
const INFLATED_CHUNK_BYTES = 4 * 1_024;

/** Without context from frame to frame: frames to clients are deflated once for all who get them, and nothing is kept. */
export const COMPRESSION: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  clientMaxWindowBits: CLIENT_WINDOW_BITS,
  zlibInflateOptions: { chunkSize: INFLATED_CHUNK_BYTES },
};

const EXTENSION = /^permessage-deflate\b/i;
const SERVED =
  /^permessage-deflate(\s*;\s*(server_no_context_takeover|client_no_context_takeover|client_max_window_bits(="?1[0-5]"?)?))*$/i;
const WINDOW = /client_max_window_bits/i;

/**
 * Whether a client offers the form of compression that is served: one that lets this side say how far frames look back.
 * Without it, frames of the client would cost more than 40 KB of each connection, so that nothing is compressed then.
 */
export function offersCompression({ headers }: IncomingMessage): boolean {
  const offers = (headers['sec-websocket-extensions'] ?? '').split(',').map((offer) => offer.trim());
  const deflating = offers.filter((offer) => EXTENSION.test(offer));
  return deflating.every((offer) => SERVED.test(offer)) && deflating.some((offer) => WINDOW.test(offer));
}
