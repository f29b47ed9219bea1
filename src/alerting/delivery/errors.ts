import { AppError } from '../../kernel/app-error.js';

/** A receiver's address lies inside a network that must not be reached. HTTP 400. */
export class AlertTargetError extends AppError {
  readonly code = 'ALERTING_TARGET_FORBIDDEN';
  readonly kind = 'invalid';

  /** @param range the kind of its addresses; the address itself is a secret of the receiver */
  constructor(range: string) {
    super(
      `The receiver is not notified: its address is ${range}. ` +
        'If that is meant, let an operator add it to ALERTING_ALLOWED_PRIVATE_TARGETS.',
      { range },
    );
  }
}

/** A sender that had lost its lease began to tell a message while it was put together anew. HTTP 409. */
export class MessageUnderWayError extends AppError {
  readonly code = 'ALERTING_MESSAGE_UNDER_WAY';
  readonly kind = 'conflict';

  constructor(messageId: string) {
    super(
      `Message ${messageId} is being told by another sender. Nothing is to be done: it is recorded there.`,
      {
        messageId,
      },
    );
  }
}
