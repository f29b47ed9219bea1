import { AppError } from '../../kernel/app-error.js';
import type { ServerMessage, ServerMessageOf } from '../../presence/index.js';

const RETRYABLE = new Set(['limited', 'unavailable', 'internal']);
/** As the HTTP layer says it: messages of internal errors stay inside. */
const INTERNAL = {
  code: 'HTTP_INTERNAL',
  message: 'The server failed unexpectedly; its log has the reason.',
};

/** A message as the bytes of a frame. */
export function encode(message: ServerMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** What a client hears of an error. */
export function errorMessage(error: unknown, ref?: string): ServerMessageOf<'error'> {
  const given = { type: 'error' as const, ...(ref !== undefined && { ref }) };
  if (!(error instanceof AppError) || error.kind === 'internal') {
    return { ...given, ...INTERNAL, retryable: true };
  }
  const { retryAfterMs, ...details } = error.details;
  return {
    ...given,
    code: error.code,
    message: error.message,
    retryable: RETRYABLE.has(error.kind),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs: Math.max(0, Math.ceil(retryAfterMs)) }),
    ...(Object.keys(details).length > 0 && { details: details as ServerMessageOf<'error'>['details'] }),
  };
}

/** Whether an error is a fault of ours, which somebody has to look at. */
export function isFault(error: unknown): boolean {
  return !(error instanceof AppError) || error.kind === 'internal';
}
