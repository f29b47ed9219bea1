import { z } from 'zod';
import { wholeNumber } from './variables.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Beyond this a single process has no memory left for what it serves. */
const MOST_CONNECTIONS = 1_000_000;

/** No frame but the largest is beyond it. */
const MOST_COMPRESS_ABOVE_BYTES = 1_024 * 1_024;

/** As browsers write the header, without a path: scheme, host and a port that is not the scheme's own. */
const ORIGIN = /^https?:\/\/[^/?#\s,]+$/i;

/** Variables of the WebSocket gateway, with their defaults. */
export const WEBSOCKET_VARIABLES = {
  WEBSOCKET_MAX_CONNECTIONS_PER_TENANT: wholeNumber(1, MOST_CONNECTIONS).default(100),
  WEBSOCKET_MAX_CONNECTIONS_PER_LAYOUT: wholeNumber(1, MOST_CONNECTIONS).default(50),
  WEBSOCKET_MAX_CONNECTIONS_PER_USER: wholeNumber(1, MOST_CONNECTIONS).optional(),
  WEBSOCKET_BATCH_INTERVAL_MS: wholeNumber(1, 10 * SECOND_MS).default(50),
  WEBSOCKET_MAX_BATCH_SIZE: wholeNumber(1, 10_000).default(1_000),
  WEBSOCKET_CONNECTS_PER_SECOND: wholeNumber(1, MOST_CONNECTIONS).default(500),
  WEBSOCKET_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim().toLowerCase()))
    .pipe(z.array(z.string().regex(ORIGIN, 'must be origins such as https://example.org')).max(100))
    .optional(),
  WEBSOCKET_HEARTBEAT_MS: wholeNumber(SECOND_MS, 10 * MINUTE_MS).default(25 * SECOND_MS),
  WEBSOCKET_COMPRESS_ABOVE_BYTES: wholeNumber(0, MOST_COMPRESS_ABOVE_BYTES).default(0),
};
