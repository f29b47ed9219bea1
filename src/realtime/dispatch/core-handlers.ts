import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConnectionLimitError } from '../../presence/index.js';
import { Authenticator, isAllowed, KeyInvalidError, RoleTooLowError } from '../../tenancy/index.js';
import { KeyExpiredError, TenantDiffersError } from '../errors.js';
import { Refusals } from '../sessions/refusals.js';
import type { Session } from '../sessions/session.js';
import { type ChannelPosition } from '../subscriptions/channel-cursor.js';
import { Subscriptions } from '../subscriptions/subscriptions.js';
import { targetOf } from '../subscriptions/targets.js';
import { KeyWatch } from '../life/key-watch.js';
import { MessageHandlers, type MessageOf } from './message-handlers.js';

/** Fields of messages that say what the client has already. */
interface Since {
  readonly sinceSeq?: number | undefined;
  readonly epoch?: string | undefined;
}

/** Answers the messages about the connection itself, what it follows, and what others see of it. */
@Injectable()
export class CoreHandlers implements OnModuleInit {
  constructor(
    private readonly handlers: MessageHandlers,
    private readonly subscriptions: Subscriptions,
    private readonly authenticator: Authenticator,
    private readonly keys: KeyWatch,
    private readonly refusals: Refusals,
  ) {}

  onModuleInit(): void {
    const { handlers } = this;
    handlers.register('ping', (session, { ref }) => {
      session.send({ type: 'pong', ...given(ref) });
      return undefined;
    });
    handlers.register('subscribe', (session, message) => this.subscribe(session, message));
    handlers.register('unsubscribe', (session, message) => {
      this.subscriptions.unsubscribe(session, targetOf(message), message.ref);
      return undefined;
    });
    handlers.register('resume', (session, message) => this.resume(session, message));
    handlers.register('presence.update', (session, { layout, state, ref }) => {
      session.connection.update(layout, state);
      if (ref !== undefined) session.send({ type: 'ack', ref });
      return undefined;
    });
    handlers.register('auth', (session, message) => this.authenticate(session, message));
  }

  /** A client whose only wish finds no place is sent away; one that follows other things stays. */
  private async subscribe(session: Session, message: MessageOf<'subscribe'>): Promise<void> {
    const wish = { target: targetOf(message), since: sinceOf(message), ref: message.ref };
    try {
      await this.subscriptions.subscribe(session, wish);
    } catch (error) {
      const isFull = error instanceof ConnectionLimitError && session.cursors.size === 0;
      if (!isFull) throw error;
      this.refusals.tell(session, error, { ref: message.ref });
      session.close('LIMIT_REACHED', error.message);
    }
  }

  /** One after the other; those that are refused say which one they were. */
  private async resume(session: Session, { targets, ref }: MessageOf<'resume'>): Promise<void> {
    for (const wanted of targets) {
      if (!session.isOpen) return;
      const target = targetOf(wanted);
      try {
        await this.subscriptions.subscribe(session, { target, since: sinceOf(wanted), ref });
      } catch (error) {
        this.refusals.tell(session, error, { ref, target });
      }
    }
  }

  /**
   * @throws KeyInvalidError, KeyExpiredError, TenantDiffersError, RoleTooLowError, ConnectionLimitError; the old key goes
   * on then
   */
  private async authenticate(session: Session, { token, ref }: MessageOf<'auth'>): Promise<void> {
    const shown = await this.authenticator.examine(token);
    if (shown.state === 'expired') throw new KeyExpiredError();
    if (shown.state === 'invalid') throw new KeyInvalidError();
    const { caller } = shown.held;
    if (caller.tenantId !== session.tenantId) throw new TenantDiffersError();
    if (!isAllowed('viewer', caller)) throw new RoleTooLowError('viewer', caller.role);
    if (!session.isOpen) return;
    const [id, name] = [caller.keyId, shown.held.name];
    await session.connection.become({ userId: id, name });
    this.keys.unwatch(session);
    session.adopt(shown.held);
    this.keys.watch(session);
    session.send({ type: 'ack', ...given(ref), user: { id, name }, role: caller.role });
    this.subscriptions.review(session);
  }
}

function sinceOf(message: object): ChannelPosition | undefined {
  const { sinceSeq, epoch } = message as Since;
  return sinceSeq === undefined ? undefined : { seq: sinceSeq, epoch };
}

function given(ref: string | undefined): { readonly ref?: string } {
  return ref === undefined ? {} : { ref };
}
