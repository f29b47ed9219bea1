/** What a client does when its connection is closed with a code of the class. */
export type CloseClass = 'reconnect' | 're-authenticate' | 'stop';

/**
 * Close codes, and what they ask of clients. `reconnect`: at once, or with the delay of `going_away`, with jitter.
 * `re-authenticate`: connect with another key. `stop`: the same would happen again. These are all codes that servers
 * begin a close with; to a close of the client its own code is the answer.
 */
export const CLOSE_CODES = {
  GOING_AWAY: { code: 1001, class: 'reconnect', meaning: 'The client or a proxy leaves.' },
  PROTOCOL_BROKEN: {
    code: 1002,
    class: 'stop',
    meaning: 'A frame breaks the rules of WebSocket: no mask, an unknown opcode and the like.',
  },
  BINARY_FRAME: { code: 1003, class: 'stop', meaning: 'Frames are text; this one was binary.' },
  FRAME_NOT_UTF8: { code: 1007, class: 'stop', meaning: 'The frame is no UTF-8, or cannot be inflated.' },
  FRAME_IN_PIECES: {
    code: 1008,
    class: 'stop',
    meaning: 'The frame came in more pieces than any client needs.',
  },
  FRAME_TOO_LARGE: { code: 1009, class: 'stop', meaning: 'The frame is larger than `maxFrameBytes`.' },
  INTERNAL: { code: 1011, class: 'reconnect', meaning: 'The server failed.' },
  RESTARTING: { code: 1012, class: 'reconnect', meaning: 'The instance stops; another one takes over.' },
  OVERLOADED: { code: 1013, class: 'reconnect', meaning: 'The instance has too much to do.' },
  TOKEN_EXPIRED: { code: 4109, class: 're-authenticate', meaning: 'The key has expired.' },
  SLOW_CONSUMER: { code: 4290, class: 'reconnect', meaning: 'The client did not read what was sent to it.' },
  PROTOCOL_ERRORS: {
    code: 4400,
    class: 'stop',
    meaning: 'Too many frames were no messages of the protocol.',
  },
  KEY_INVALID: { code: 4401, class: 'stop', meaning: 'The key is not valid, or was revoked.' },
  FORBIDDEN: { code: 4403, class: 'stop', meaning: 'The key may not do this.' },
  SILENT: { code: 4408, class: 'reconnect', meaning: 'The client did not answer pings.' },
  LIMIT_REACHED: {
    code: 4429,
    class: 'reconnect',
    meaning:
      'A limit of connections or messages is reached; come back after `retryAfterMs`, each time later.',
  },
} as const satisfies Readonly<
  Record<string, { readonly code: number; readonly class: CloseClass; readonly meaning: string }>
>;

/** Why a connection is closed. */
export type CloseReason = keyof typeof CLOSE_CODES;
