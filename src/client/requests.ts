import { ClientAnswerLostError, ServerRefusalError } from './errors.js';
import type { ErrorMessage, ServerMessage } from './messages.js';
import type { Surroundings } from './surroundings.js';

const ANSWER_WITHIN_MS = 15_000;

interface Waiting {
  readonly resolve: (answer: ServerMessage) => void;
  readonly reject: (error: Error) => void;
  readonly stopTimer: () => void;
}

/** Messages that wait for their answer, by `ref`. */
export class Requests {
  private readonly waiting = new Map<string, Waiting>();
  private made = 0;

  constructor(private readonly surroundings: Surroundings) {}

  newRef(): string {
    this.made += 1;
    return this.made.toString(36);
  }

  /**
   * The first message that answers `ref`.
   * @throws ServerRefusalError with the server's code
   * @throws ClientAnswerLostError CLIENT_ANSWER_LOST
   */
  answerTo(ref: string): Promise<ServerMessage> {
    return new Promise((resolve, reject) => {
      const stopTimer = this.surroundings.after(ANSWER_WITHIN_MS, () =>
        this.fail(ref, new ClientAnswerLostError('no answer in time')),
      );
      this.waiting.set(ref, { resolve, reject, stopTimer });
    });
  }

  /** Whether somebody waited for the message. */
  take(message: ServerMessage): boolean {
    if (!('ref' in message) || message.ref === undefined) return false;
    const waiting = this.waiting.get(message.ref);
    if (waiting === undefined) return false;
    if (message.type === 'error') return this.fail(message.ref, refusalOf(message));
    this.forget(message.ref, waiting);
    waiting.resolve(message);
    return true;
  }

  /** The connection is gone, and no answer will come. */
  loseAll(): void {
    for (const ref of [...this.waiting.keys()]) this.fail(ref, new ClientAnswerLostError('connection lost'));
  }

  private fail(ref: string, error: Error): boolean {
    const waiting = this.waiting.get(ref);
    if (waiting === undefined) return false;
    this.forget(ref, waiting);
    waiting.reject(error);
    return true;
  }

  private forget(ref: string, { stopTimer }: Waiting): void {
    stopTimer();
    this.waiting.delete(ref);
  }
}

/** The error that an `error` frame tells. */
export function refusalOf({ code, message, retryable, details }: ErrorMessage): ServerRefusalError {
  return new ServerRefusalError(code, message, retryable, details);
}
