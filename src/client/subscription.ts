import type { Request, ServerMessage, Target } from './messages.js';

/** What a subscription may ask of its client. */
export interface SubscriptionLink {
  /** Sends when there is a connection, and nothing otherwise. */
  tell(request: Request): void;
  /** The message that answers. */
  ask(request: Request): Promise<ServerMessage>;
  /** Asks for what was missed. */
  resume(subscription: Subscription): void;
  end(subscription: Subscription): void;
}

/** Something that a client follows, over all its connections. */
export interface Subscription {
  readonly target: Target;
  /** With the position that it has reached. */
  wanted(): ResumeTarget;
  /** A message about its target. */
  receive(message: ServerMessage): void;
  /** The connection is gone. */
  lost(): void;
  /** The server refuses it; it is over. */
  refused(error: Error): void;
}

/** A target as `resume` takes it. */
export type ResumeTarget = Extract<Request, { readonly type: 'resume' }>['targets'][number];
