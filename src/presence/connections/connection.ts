import { type Channel, channelKey } from '../channels/channel.js';
import type { Channels, Sink } from '../channels/channels.js';
import type { ConnectionLimits } from '../coordination/connection-limits.js';
import {
  ConnectionEndedError,
  ConnectionLimitError,
  LayoutNotJoinedError,
  TooManyChannelsError,
} from '../errors.js';
import type { LayoutRoom } from '../layouts/layout-room.js';
import type { Rooms } from '../layouts/rooms.js';
import type { Roster } from '../layouts/roster.js';
import type { ConnectionIdentity, Outlet } from './outlet.js';

/** Layouts and channels together. */
const MAX_SUBSCRIPTIONS = 200;

/** What a connection is connected to. */
export interface ConnectionSurroundings {
  readonly limits: ConnectionLimits;
  readonly rooms: Rooms;
  readonly channels: Channels;
  readonly now: () => Date;
  readonly onRefusal: (error: ConnectionLimitError) => void;
  readonly onEnd: (connection: Connection) => void;
}

/** A wish to be in a layout: on its way until there is a room. */
interface Joining {
  room: LayoutRoom | undefined;
  /** For those who ask meanwhile. Not kept for longer: whoever is in a layout would hold a list of all who were there. */
  done: Promise<Roster> | undefined;
}

/** One client: the layouts it is in, and what it has subscribed to. */
export class Connection {
  private readonly joined = new Map<string, Joining>();
  private readonly subscriptions = new Map<string, Channel>();
  private hasEnded = false;

  constructor(
    private who: ConnectionIdentity,
    private readonly outlet: Outlet,
    private readonly around: ConnectionSurroundings,
  ) {}

  get identity(): ConnectionIdentity {
    return this.who;
  }

  get isEnded(): boolean {
    return this.hasEnded;
  }

  /**
   * Enters a layout; again: nothing changes. Answers who is there on all instances, this connection included. Changes
   * are sent from now on, and not before the turn of the event loop is over: answer the client before the next `await`,
   * or with a later `roster`.
   * @throws ConnectionLimitError PRESENCE_LIMIT_REACHED
   * @throws TooManyChannelsError PRESENCE_TOO_MANY_CHANNELS
   * @throws ConnectionEndedError PRESENCE_CONNECTION_ENDED when it left, or ended, meanwhile
   */
  async join(layoutId: string): Promise<Roster> {
    const there = this.joined.get(layoutId);
    if (there !== undefined) return there.room?.roster() ?? (await there.done) ?? this.join(layoutId);
    this.expectRoom();
    const joining: Joining = { room: undefined, done: undefined };
    this.joined.set(layoutId, joining);
    joining.done = this.take(layoutId, joining);
    return joining.done;
  }

  /** Who is in a layout that this connection is in, now; undefined when it is not. */
  roster(layoutId: string): Roster | undefined {
    return this.joined.get(layoutId)?.room?.roster();
  }

  /** @returns whether it was there */
  leave(layoutId: string): boolean {
    return this.depart(layoutId, false);
  }

  /**
   * Changes keys of what others see of this connection; null takes one away.
   * @throws LayoutNotJoinedError PRESENCE_LAYOUT_NOT_JOINED
   * @throws PresenceStateTooLargeError PRESENCE_STATE_TOO_LARGE
   */
  update(layoutId: string, state: Readonly<Record<string, unknown>>): void {
    const room = this.joined.get(layoutId)?.room;
    if (room === undefined) throw new LayoutNotJoinedError(layoutId);
    room.update(this.identity.connectionId, state);
  }

  /**
   * Gets what is published on a channel of its tenant. Again: takes the new sink.
   * @param sink instead of the way to the client: for one that must catch up first
   * @throws TooManyChannelsError PRESENCE_TOO_MANY_CHANNELS
   * @throws ConnectionEndedError PRESENCE_CONNECTION_ENDED
   */
  subscribe(channel: Channel, sink: Sink = this.toClient()): void {
    const key = channelKey(channel);
    if (!this.subscriptions.has(key)) this.expectRoom();
    this.subscriptions.set(key, channel);
    this.around.channels.subscribe(channel, this.identity.connectionId, sink);
  }

  /** @returns whether it was subscribed */
  unsubscribe(channel: Channel): boolean {
    const isKnown = this.subscriptions.delete(channelKey(channel));
    if (isKnown) this.around.channels.unsubscribe(channel, this.identity.connectionId);
    return isKnown;
  }

  /**
   * Goes on as another user of the tenant, where it is: others see that one come in the place of the one before.
   * @throws ConnectionLimitError PRESENCE_LIMIT_REACHED, and nothing has changed
   * @throws ConnectionEndedError PRESENCE_CONNECTION_ENDED
   */
  async become(user: Pick<ConnectionIdentity, 'userId' | 'name'>): Promise<void> {
    const [before, identity] = [this.who, { ...this.who, ...user }];
    if (before.userId === user.userId) return;
    const { limits } = this.around;
    const admission = await limits.enterUser(identity);
    if (this.hasEnded) limits.leaveUser(identity);
    if (this.hasEnded) throw new ConnectionEndedError();
    if (!admission.isAdmitted) throw this.refusal(new ConnectionLimitError(admission.scope, admission.limit));
    this.who = identity;
    limits.leaveUser(before);
    for (const { room } of this.joined.values()) room?.rename(identity.connectionId, user);
  }

  /** Sends the state of a layout anew, as presence.state: for a client that read too slowly to get every diff. */
  refresh(layoutId: string): void {
    this.joined.get(layoutId)?.room?.refresh(this.identity.connectionId);
  }

  /**
   * Leaves everything and gives all places back; may be called again.
   * @param isAbnormal it was lost: others see it for 10 s more, because most are back by then
   */
  end({ isAbnormal }: { readonly isAbnormal: boolean }): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const layoutId of [...this.joined.keys()]) this.depart(layoutId, isAbnormal);
    for (const channel of [...this.subscriptions.values()]) this.unsubscribe(channel);
    this.around.limits.leave(this.identity);
    this.around.onEnd(this);
  }

  private toClient(): Sink {
    return ({ frame, lane }, key) => this.outlet.send(frame, lane, key);
  }

  private async take(layoutId: string, joining: Joining): Promise<Roster> {
    const admission = await this.around.limits.enterLayout(this.identity, layoutId);
    if (this.joined.get(layoutId) !== joining) throw new ConnectionEndedError();
    if (!admission.isAdmitted) {
      this.joined.delete(layoutId);
      throw this.refusal(new ConnectionLimitError(admission.scope, admission.limit));
    }
    const room = this.around.rooms.open(this.identity.tenantId, layoutId);
    await room.prepare();
    try {
      return this.enter(layoutId, joining, room);
    } finally {
      room.settle();
    }
  }

  private enter(layoutId: string, joining: Joining, room: LayoutRoom): Roster {
    if (this.joined.get(layoutId) !== joining) throw new ConnectionEndedError();
    const { connectionId, userId, name } = this.identity;
    joining.room = room;
    joining.done = undefined;
    room.enter({ connectionId, userId, name, joinedAt: this.around.now().toISOString() }, this.outlet);
    return room.roster();
  }

  private depart(layoutId: string, isAbnormal: boolean): boolean {
    const joining = this.joined.get(layoutId);
    if (joining === undefined) return false;
    this.joined.delete(layoutId);
    joining.room?.leave(this.identity.connectionId, isAbnormal);
    this.around.limits.leaveLayout(this.identity, layoutId);
    return true;
  }

  private expectRoom(): void {
    if (this.hasEnded) throw new ConnectionEndedError();
    if (this.joined.size + this.subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new TooManyChannelsError(MAX_SUBSCRIPTIONS);
    }
  }

  private refusal(error: ConnectionLimitError): ConnectionLimitError {
    this.around.onRefusal(error);
    return error;
  }
}
