import { AppError, type ErrorDetails } from '../kernel/app-error.js';

/** The client was closed, or the server has told it to stop. A new client is needed. */
export class ClientStoppedError extends AppError {
  readonly code = 'CLIENT_STOPPED';
  readonly kind = 'unavailable';

  constructor(why: string) {
    super(`The client has stopped: ${why}. Make a new one.`, { why });
  }
}

/** There is no connection at the moment: nothing was sent. */
export class ClientOfflineError extends AppError {
  readonly code = 'CLIENT_OFFLINE';
  readonly kind = 'unavailable';

  constructor() {
    super('There is no connection at the moment, and nothing was sent. Try again when the state is "open".');
  }
}

/** The answer did not come: the connection was lost first, or it took too long. */
export class ClientAnswerLostError extends AppError {
  readonly code = 'CLIENT_ANSWER_LOST';
  readonly kind = 'unavailable';

  constructor(why: 'connection lost' | 'no answer in time') {
    super(
      `What became of the message is not known: ${why}. Look at the state that follows before you send it again.`,
      { why },
    );
  }
}

/** The message is larger than the server takes; it was not sent, since the server would have closed the connection. */
export class ClientMessageTooLargeError extends AppError {
  readonly code = 'CLIENT_MESSAGE_TOO_LARGE';
  readonly kind = 'invalid';

  constructor(bytes: number, maxBytes: number) {
    super(`The message has ${bytes} bytes; the server takes ${maxBytes} at most. Send less at once.`, {
      bytes,
      maxBytes,
    });
  }
}

/** This client follows the target already. */
export class ClientSubscribedError extends AppError {
  readonly code = 'CLIENT_SUBSCRIBED_ALREADY';
  readonly kind = 'conflict';

  constructor(target: string) {
    super(`The client follows ${target} already. Share that subscription, or end it first.`, { target });
  }
}

/** The runtime has no WebSocket of its own. */
export class ClientSocketMissingError extends AppError {
  readonly code = 'CLIENT_SOCKET_MISSING';
  readonly kind = 'invalid';

  constructor() {
    super(
      'This runtime has no WebSocket. Pass one as `webSocket`: in Node before 22 that of the package "ws".',
    );
  }
}

/** The server refused a message: `code` and `details` are its own, as in the reference of errors. */
export class ServerRefusalError extends AppError {
  readonly kind = 'conflict';

  constructor(
    readonly code: string,
    message: string,
    readonly isRetryable: boolean,
    details?: ErrorDetails,
  ) {
    super(message, details);
  }
}
