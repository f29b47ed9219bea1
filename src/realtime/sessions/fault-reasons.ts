import type { CloseReason } from '../../presence/index.js';

/** What `ws` finds wrong with frames, and closes the connection for; of its other faults the protocol is broken. */
const REASONS: Readonly<Record<string, CloseReason>> = {
  WS_ERR_INVALID_UTF8: 'FRAME_NOT_UTF8',
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 'FRAME_IN_PIECES',
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 'FRAME_TOO_LARGE',
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'FRAME_TOO_LARGE',
};

/**
 * What a fault of `ws` is called here; undefined of those of the socket, after which nothing can be told.
 * @param code of the error: `WS_ERR_...`, `Z_...` when a frame cannot be inflated, or that of the system
 */
export function reasonOfFault(code = ''): CloseReason | undefined {
  if (code.startsWith('Z_')) return 'FRAME_NOT_UTF8';
  return REASONS[code] ?? (code.startsWith('WS_ERR_') ? 'PROTOCOL_BROKEN' : undefined);
}
