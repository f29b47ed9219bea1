import { Injectable } from '@nestjs/common';
import type { ClientMessage, ClientMessageType } from '../../presence/index.js';
import type { Session } from '../sessions/session.js';

/** A message of a type, as its schema made it. */
export type MessageOf<Type extends ClientMessageType> = Extract<ClientMessage, { readonly type: Type }>;

/** Answers a message; what it throws is answered as `error`. Nothing to wait for: no promise, which is quicker. */
export type MessageHandler<Type extends ClientMessageType> = (
  session: Session,
  message: MessageOf<Type>,
) => Promise<void> | undefined;

type AnyHandler = (session: Session, message: ClientMessage) => Promise<void> | undefined;

/** Who answers which messages. */
@Injectable()
export class MessageHandlers {
  private readonly handlers = new Map<ClientMessageType, AnyHandler>();

  register<Type extends ClientMessageType>(type: Type, handler: MessageHandler<Type>): void {
    this.handlers.set(type, handler as AnyHandler);
  }

  of(type: ClientMessageType): AnyHandler | undefined {
    return this.handlers.get(type);
  }
}
