import { Injectable } from '@nestjs/common';
import { LayoutFeed, LayoutNotFoundError } from '../../dashboards/index.js';
import {
  type Channel,
  channelKey,
  type Roster,
  type ServerMessage,
  type Target,
} from '../../presence/index.js';
import { type CallerIdentity, isAllowed, RoleTooLowError } from '../../tenancy/index.js';
import type { Session } from '../sessions/session.js';
import { Sessions } from '../sessions/sessions.js';
import { ChannelCursor, type ChannelPosition } from './channel-cursor.js';
import { Histories, type LayoutAbout, type Missed } from './histories.js';
import { channelOf } from './targets.js';

/** What a client wants to follow, and from where on. */
export interface Wish {
  readonly target: Target;
  readonly since?: ChannelPosition | undefined;
  readonly ref?: string | undefined;
}

/** What a client is told when it has been let in. */
interface Entry {
  readonly missed: Missed | undefined;
  readonly end: ChannelPosition | undefined;
  readonly about: LayoutAbout | undefined;
  readonly roster: Roster | undefined;
}

/** Lets clients follow channels: who may, what they missed, and from where on they are told. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly histories: Histories,
    private readonly layouts: LayoutFeed,
    private readonly sessions: Sessions,
  ) {}

  /**
   * Subscribing again changes nothing, and is answered; with `since` it catches up again, and when that fails it goes on
   * as before.
   * @throws LayoutNotFoundError, RoleTooLowError, and what joining a layout throws
   */
  async subscribe(session: Session, wish: Wish): Promise<void> {
    const channel = channelOf(session.tenantId, wish.target);
    await this.admit(session.caller, channel);
    const there = session.cursors.get(channelKey(channel));
    if (there !== undefined && wish.since === undefined) return this.answerAgain(session, wish, there);
    const cursor = there ?? this.begin(session, channel);
    try {
      cursor.catchUp();
      session.outlet.forget(channelKey(channel));
      const entry = await this.enter(session, channel, wish, cursor);
      await this.tell(session, wish, { ...entry, cursor });
    } catch (error) {
      if (cursor !== there || there.hasEnded || !session.isOpen) this.drop(session, channel);
      else this.goOn(session, wish, there);
      throw error;
    }
  }

  /** Of what is not subscribed to: nothing happens, and it is answered. */
  unsubscribe(session: Session, target: Target, ref?: string): void {
    this.drop(session, channelOf(session.tenantId, target));
    session.send({ type: 'unsubscribed', ...(ref !== undefined && { ref }), target });
  }

  /** The channel is no more: whoever follows it here is told, and follows it no longer. */
  finish(channel: Channel, message: ServerMessage): void {
    const key = channelKey(channel);
    for (const session of this.sessions.all()) {
      if (!session.cursors.has(key)) continue;
      session.send(message);
      this.drop(session, channel);
    }
  }

  /** Ends what the key of the session does not open any more. */
  review(session: Session): void {
    if (session.caller.isOperator) return;
    const channel = channelOf(session.tenantId, { channel: 'performance' });
    if (session.cursors.has(channelKey(channel))) this.unsubscribe(session, { channel: 'performance' });
  }

  private async admit(caller: CallerIdentity, channel: Channel): Promise<void> {
    if (channel.kind === 'performance' && !isAllowed('operator', caller)) {
      throw new RoleTooLowError('operator', caller.role);
    }
    if (channel.kind !== 'layout') return;
    const layout = await this.layouts.find(channel.tenantId, channel.layoutId);
    if (layout === undefined) throw new LayoutNotFoundError(channel.layoutId);
  }

  private begin(session: Session, channel: Channel): ChannelCursor {
    const key = channelKey(channel);
    const cursor = new ChannelCursor(session.outlet, key);
    session.connection.subscribe(channel, cursor.sink);
    session.cursors.set(key, cursor);
    return cursor;
  }

  /** Frames that waited were taken away, for the client was to get everything anew: presence is told as a whole. */
  private goOn(session: Session, wish: Wish, cursor: ChannelCursor): void {
    if (!cursor.goOn()) session.send({ type: 'gap', ...answering(wish), ...(cursor.at ?? { seq: 0 }) });
    if ('layout' in wish.target) session.connection.refresh(wish.target.layout);
  }

  /** The last thing it does is to join: the roster holds until the next turn. */
  private async enter(
    session: Session,
    channel: Channel,
    { since }: Wish,
    cursor: ChannelCursor,
  ): Promise<Entry> {
    const history = this.histories.of(channel.kind);
    const missed = since === undefined ? undefined : await history?.since(channel, since);
    const end = missed?.end ?? (await history?.end(channel));
    const about = await history?.about(channel);
    const roster = await this.join(session, channel, cursor);
    return { missed, end, about, roster };
  }

  /** @throws LayoutNotFoundError when it was deleted meanwhile: whoever follows it was told, and is not to stay */
  private async join(session: Session, channel: Channel, cursor: ChannelCursor): Promise<Roster | undefined> {
    if (channel.kind !== 'layout') return undefined;
    const roster = cursor.hasEnded ? undefined : await session.connection.join(channel.layoutId);
    if (roster === undefined || cursor.hasEnded) throw new LayoutNotFoundError(channel.layoutId);
    return roster;
  }

  private async tell(
    session: Session,
    wish: Wish,
    { missed, end, cursor, ...what }: Entry & { readonly cursor: ChannelCursor },
  ): Promise<void> {
    const { outlet } = session;
    const start = missed?.isWhole === true ? wish.since : end;
    outlet.send(subscribedFrame(wish, { ...start, epoch: end?.epoch }, what), 'reliable');
    if (missed?.isWhole === true) {
      await replay(session, missed.frames, cursor);
      if (cursor.hasEnded) return;
      const events = missed.frames.length;
      session.send({ type: 'resumed', ...answering(wish), ...missed.end, events });
    } else if (missed !== undefined) {
      session.send({ type: 'gap', ...answering(wish), ...missed.end });
    }
    if (cursor.goLive(end)) return;
    session.send({ type: 'gap', ...answering(wish), ...(cursor.at ?? { seq: 0 }) });
  }

  private async answerAgain(session: Session, wish: Wish, cursor: ChannelCursor): Promise<void> {
    const channel = channelOf(session.tenantId, wish.target);
    const about = await this.histories.of(channel.kind)?.about(channel);
    const roster = await this.join(session, channel, cursor);
    session.outlet.send(subscribedFrame(wish, cursor.at, { about, roster }), 'reliable');
  }

  private drop(session: Session, channel: Channel): void {
    const key = channelKey(channel);
    session.cursors.get(key)?.end();
    session.cursors.delete(key);
    session.outlet.forget(key);
    session.connection.unsubscribe(channel);
    if (channel.kind === 'layout') session.connection.leave(channel.layoutId);
  }
}

async function replay(session: Session, frames: readonly Buffer[], cursor: ChannelCursor): Promise<void> {
  for (const frame of frames) {
    if (cursor.hasEnded) return;
    session.outlet.send(frame, 'reliable');
    await session.outlet.drained();
    // It reads, though it may have nothing to say until it has everything.
    session.isHeard = true;
  }
}

function answering({ target, ref }: Wish): { readonly target: Target; readonly ref?: string } {
  return { ...(ref !== undefined && { ref }), target };
}

/** The roster is JSON already. */
function subscribedFrame(
  wish: Wish,
  at: Partial<ChannelPosition> | undefined,
  { about, roster }: Pick<Entry, 'about' | 'roster'>,
): Buffer {
  const { seq, epoch } = at ?? {};
  const text = JSON.stringify({ type: 'subscribed', ...answering(wish), seq, epoch, about });
  return Buffer.from(roster === undefined ? text : `${text.slice(0, -1)},"users":${roster.text}}`);
}
