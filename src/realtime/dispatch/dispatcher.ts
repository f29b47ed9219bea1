import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { CoarseClock } from '../../kernel/coarse-clock.js';
import type { ClientMessage } from '../../presence/index.js';
import { KeyExpiredError, MessagesLimitedError, UnhandledMessageError } from '../errors.js';
import { GatewayFigures } from '../figures.js';
import { Refusals } from '../sessions/refusals.js';
import type { Session } from '../sessions/session.js';
import { MessageHandlers } from './message-handlers.js';
import { readFrame, readRef } from './read-frame.js';

/** Told to who did not stop: the allowance is whole again then. */
const FLOOD_PAUSE_MS = 2_000;

/**
 * The way of a frame to who answers it: within the allowance of its connection, parsed, checked by the schema of its
 * type, and then handed over. What is refused is answered by `error`.
 */
@Injectable()
export class Dispatcher {
  private readonly coarse: CoarseClock;

  constructor(
    private readonly handlers: MessageHandlers,
    private readonly figures: GatewayFigures,
    private readonly clock: Clock,
    private readonly refusals: Refusals,
  ) {
    this.coarse = new CoarseClock(clock);
  }

  /** A frame came. */
  accept(session: Session, frame: Buffer): void {
    if (!session.isOpen) return this.overhear(session, frame);
    session.isHeard = true;
    this.figures.receivedBytes(frame.length);
    const now = this.coarse.now();
    if (session.allowance.take(frame.length, now)) session.receive(frame, this.dispatch);
    else this.refuse(session, frame, now);
  }

  /** A ping of the WebSocket protocol came. */
  ping(session: Session, data: Buffer): void {
    if (this.isWithin(session, data)) session.pong(data);
  }

  /** A pong came. @returns whether it counts: one that nobody asked for costs as much as any frame */
  pong(session: Session, data: Buffer): boolean {
    return this.isWithin(session, data);
  }

  /** Works on a frame; a promise only when there is something to wait for. */
  private readonly dispatch = (session: Session, frame: Buffer): Promise<void> | undefined => {
    if (!session.isOpen || this.hasExpired(session)) return undefined;
    const read = readFrame(frame);
    if ('error' in read) {
      this.refusals.tell(session, read.error, { ref: read.ref });
      // Whoever types a wrong number into a field is no broken program.
      if (read.isMessage !== true) this.noteFault(session);
      return undefined;
    }
    this.figures.received[read.message.type]();
    return this.handle(session, read.message);
  };

  private handle(session: Session, message: ClientMessage): Promise<void> | undefined {
    try {
      const handler = this.handlers.of(message.type);
      if (handler === undefined) throw new UnhandledMessageError(message.type);
      const working = handler(session, message);
      return working === undefined ? undefined : this.await(session, message, working);
    } catch (error) {
      this.refusals.tell(session, error, { ref: message.ref });
      return undefined;
    }
  }

  private async await(session: Session, message: ClientMessage, working: Promise<void>): Promise<void> {
    const seconds = this.figures.stopwatch();
    try {
      await working;
    } catch (error) {
      this.refusals.tell(session, error, { ref: message.ref });
    }
    this.figures.dispatchSeconds.record(seconds());
  }

  /** Takes a frame that is answered by nothing but the end of the connection when there are too many. */
  private isWithin(session: Session, data: Buffer): boolean {
    if (!session.isOpen) {
      this.overhear(session, data);
      return false;
    }
    session.isHeard = true;
    const now = this.coarse.now();
    if (session.allowance.take(data.length, now)) return true;
    if (!session.allowance.noteRefusal(now)) this.cutFlood(session);
    return false;
  }

  /** Frames were on their way when the connection was closed; who goes on sending is not read any more. */
  private overhear(session: Session, frame: Buffer): void {
    if (!session.allowance.take(frame.length, this.coarse.now())) session.deafen();
  }

  private refuse(session: Session, frame: Buffer, now: number): void {
    if (!session.allowance.noteRefusal(now)) return this.cutFlood(session);
    const waitMs = session.allowance.waitMs(frame.length, now);
    this.refusals.tell(session, new MessagesLimitedError(waitMs), { ref: readRef(frame) });
  }

  private cutFlood(session: Session): void {
    session.dismiss(new MessagesLimitedError(FLOOD_PAUSE_MS), 'LIMIT_REACHED');
  }

  private noteFault(session: Session): void {
    if (session.allowance.noteFault(this.coarse.now())) return;
    session.close('PROTOCOL_ERRORS', 'too many frames were no messages');
  }

  private hasExpired(session: Session): boolean {
    const { expiresAt } = session.held;
    if (expiresAt === null || this.clock.now() < expiresAt) return false;
    session.dismiss(new KeyExpiredError(), 'TOKEN_EXPIRED');
    return true;
  }
}
