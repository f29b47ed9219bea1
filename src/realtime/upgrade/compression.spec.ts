import type { IncomingMessage } from 'node:http';
import { offersCompression } from './compression.js';

describe('offersCompression', () => {
  it.each([
    ['permessage-deflate; client_max_window_bits', true],
    ['x-webkit-deflate-frame, permessage-deflate; client_max_window_bits=15', true],
    ['permessage-deflate; client_max_window_bits; server_no_context_takeover', true],
    ['permessage-deflate, permessage-deflate; client_max_window_bits', true],
    ['permessage-deflate', false],
    ['permessage-deflate; client_max_window_bits=9', false],
    ['permessage-deflate; client_max_window_bits; server_max_window_bits=9', false],
    ['permessage-deflate; client_max_window_bits; dance', false],
    [undefined, false],
  ])('of %s says %s', (header, isOffered) => {
    const request = { headers: { 'sec-websocket-extensions': header } } as unknown as IncomingMessage;

    expect(offersCompression(request)).toBe(isOffered);
  });
});
