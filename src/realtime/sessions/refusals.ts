import { Injectable } from '@nestjs/common';
import { Logger } from '../../platform/logging/index.js';
import type { Target } from '../../presence/index.js';
import { GatewayFigures } from '../figures.js';
import { errorMessage, isFault } from './answers.js';
import type { Session } from './session.js';

/** What was refused: the message, and of one about many targets which one. */
export interface Refused {
  readonly ref?: string | undefined;
  readonly target?: Target;
}

/** Tells clients of errors; all are counted, and logged when the fault is ours. */
@Injectable()
export class Refusals {
  constructor(
    private readonly figures: GatewayFigures,
    private readonly logger: Logger,
  ) {}

  /** Nothing to one that has left in the meantime: that is what caused it. */
  tell(session: Session, error: unknown, { ref, target }: Refused = {}): void {
    if (!session.isOpen) return;
    const message = errorMessage(error, ref);
    this.figures.noteRefusal(message.code);
    if (isFault(error)) this.logger.error('A message could not be handled', { err: error });
    session.send(target === undefined ? message : { ...message, details: { ...message.details, target } });
  }
}
