import { AppError } from '../kernel/app-error.js';
import { HttpError } from '../platform/http/index.js';

/** WebSockets are opened at one path alone. HTTP 404. */
export class SocketPathError extends HttpError {
  readonly code = 'REALTIME_PATH_UNKNOWN';
  readonly kind = 'not_found';
  readonly status = 404;

  constructor(path: string) {
    super(`There is no WebSocket at ${path.slice(0, 200)}. Connect to /ws.`);
  }
}

/** What asks for the upgrade breaks the rules of RFC 6455. HTTP 400. */
export class HandshakeError extends AppError {
  readonly code = 'REALTIME_HANDSHAKE_INVALID';
  readonly kind = 'invalid';

  constructor(reason: string) {
    super(
      `No WebSocket can be opened by this request: ${reason}. Send a GET as RFC 6455 has it, version 13.`,
      {
        reason,
      },
    );
  }
}

/** The page that wants to connect was loaded from elsewhere. HTTP 403. */
export class OriginForbiddenError extends AppError {
  readonly code = 'REALTIME_ORIGIN_FORBIDDEN';
  readonly kind = 'forbidden';

  constructor(origin: string) {
    const shown = origin.slice(0, 200);
    super(`Pages of "${shown}" may not connect. Name the origin in WEBSOCKET_ORIGINS.`, { origin: shown });
  }
}

/** One address opens too many connections at once. HTTP 429. */
export class ConnectsLimitedError extends AppError {
  readonly code = 'REALTIME_CONNECTS_LIMITED';
  readonly kind = 'limited';

  constructor(connectsPerSecond: number, retryAfterMs: number) {
    super(
      `More than ${connectsPerSecond} connections were opened from this address within a second. ` +
        'Wait, and each time longer; see WEBSOCKET_CONNECTS_PER_SECOND.',
      { connectsPerSecond, retryAfterMs },
    );
  }
}

/** The instance stops and takes no connections. HTTP 503. */
export class GatewayStoppingError extends AppError {
  readonly code = 'REALTIME_STOPPING';
  readonly kind = 'unavailable';

  constructor() {
    super('This instance is stopping. Connect again: another one takes over.', { retryAfterMs: 1_000 });
  }
}

/** The key was good once. Close code 4109. */
export class KeyExpiredError extends AppError {
  readonly code = 'REALTIME_KEY_EXPIRED';
  readonly kind = 'unauthenticated';

  constructor() {
    super('The API key has expired. Connect again with another one.');
  }
}

/** A frame is no message of the protocol: no JSON, or its fields are wrong. */
export class FrameInvalidError extends AppError {
  readonly code = 'REALTIME_FRAME_INVALID';
  readonly kind = 'invalid';

  constructor(reason: string, details: Readonly<Record<string, unknown>> = {}) {
    super(`The frame is no message: ${reason}. See /docs/asyncapi.json.`, details);
  }
}

/** No message has this type. */
export class MessageTypeError extends AppError {
  readonly code = 'REALTIME_TYPE_UNKNOWN';
  readonly kind = 'invalid';

  constructor(types: readonly string[]) {
    super(`There is no message of this type. Send one of: ${types.join(', ')}.`, { types });
  }
}

/** A connection sends faster than it may; the message was not looked at. Close code 4429 when it goes on. */
export class MessagesLimitedError extends AppError {
  readonly code = 'REALTIME_MESSAGES_LIMITED';
  readonly kind = 'limited';

  constructor(retryAfterMs: number) {
    super('Messages came faster than they may, and this one was not looked at. Send fewer, or together.', {
      retryAfterMs,
    });
  }
}

/** A connection stays with its tenant. */
export class TenantDiffersError extends AppError {
  readonly code = 'REALTIME_TENANT_DIFFERS';
  readonly kind = 'forbidden';

  constructor() {
    super('The key belongs to another tenant than this connection. Open another connection with it.');
  }
}

/** A message that this build has nobody for: a fault in the program. */
export class UnhandledMessageError extends AppError {
  readonly code = 'REALTIME_MESSAGE_UNHANDLED';
  readonly kind = 'internal';

  constructor(type: string) {
    super(`Nobody handles messages of type ${type}.`, { type });
  }
}

/** A WebSocket could not be opened; the log has the reason. HTTP 500. */
export class UpgradeFailedError extends AppError {
  readonly code = 'REALTIME_UPGRADE_FAILED';
  readonly kind = 'internal';

  constructor(cause: unknown) {
    super('The server failed to open the WebSocket.', {}, { cause });
  }
}
