import { AppError } from '../kernel/app-error.js';
import type { LimitScope } from './coordination/connection-limits.js';

/** Places become free when somebody leaves; asking more often helps nobody. */
const COME_BACK_AFTER_MS = 5_000;

const OF = {
  tenant: 'the tenant (WEBSOCKET_MAX_CONNECTIONS_PER_TENANT)',
  user: 'the key (WEBSOCKET_MAX_CONNECTIONS_PER_USER)',
  layout: 'the layout (WEBSOCKET_MAX_CONNECTIONS_PER_LAYOUT)',
} as const satisfies Record<LimitScope, string>;

/** All places are taken. HTTP 429. */
export class ConnectionLimitError extends AppError {
  readonly code = 'PRESENCE_LIMIT_REACHED';
  readonly kind = 'limited';
  readonly retryAfterMs = COME_BACK_AFTER_MS;

  constructor(
    readonly scope: LimitScope,
    readonly limit: number,
  ) {
    super(`All ${limit} connections of ${OF[scope]} are in use. Close one, or come back later.`, {
      scope,
      limit,
      retryAfterMs: COME_BACK_AFTER_MS,
    });
  }
}

/** The connection has ended while something was done for it. HTTP 409. */
export class ConnectionEndedError extends AppError {
  readonly code = 'PRESENCE_CONNECTION_ENDED';
  readonly kind = 'conflict';

  constructor() {
    super('The connection ended, or left the layout, before this was done. Connect and subscribe again.');
  }
}

/** One tells one's state only where one is. HTTP 409. */
export class LayoutNotJoinedError extends AppError {
  readonly code = 'PRESENCE_LAYOUT_NOT_JOINED';
  readonly kind = 'conflict';

  constructor(layoutId: string) {
    super(`This connection is not in layout ${layoutId}. Subscribe to the layout first.`, { layoutId });
  }
}

/** What a connection shows of itself is seen by all, and so it is small. HTTP 400. */
export class PresenceStateTooLargeError extends AppError {
  readonly code = 'PRESENCE_STATE_TOO_LARGE';
  readonly kind = 'invalid';

  constructor(maxKeys: number, maxLength: number) {
    super(
      `A state has at most ${maxKeys} keys and ${maxLength} characters of JSON. ` +
        'Show less, or take keys away by null.',
      { maxKeys, maxLength },
    );
  }
}

/** A connection subscribes to a bounded number of things. HTTP 429. */
export class TooManyChannelsError extends AppError {
  readonly code = 'PRESENCE_TOO_MANY_CHANNELS';
  readonly kind = 'limited';

  constructor(limit: number) {
    super(
      `A connection has at most ${limit} subscriptions. Unsubscribe from some, or use another connection.`,
      {
        limit,
      },
    );
  }
}
