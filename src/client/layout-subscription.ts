import type {
  Acknowledged,
  LayoutAbout,
  PresenceState,
  PresentConnection,
  RegionChanged,
} from './messages.js';
import type { Request, ServerMessage } from './messages.js';
import { merge, PresenceView } from './presence-view.js';
import { Sequence } from './sequence.js';
import type { ResumeTarget, Subscription, SubscriptionLink } from './subscription.js';
import type { Surroundings } from './surroundings.js';

/** As often as servers flush: more would be thrown together there. */
const UPDATE_EVERY_MS = 50;

type Change = Extract<Request, { readonly type: 'region.change' }>;
/** A region to be made. */
export type NewRegion = Extract<Change, { readonly action: 'create' }>['region'];
/** Fields of a region that are to be changed; absent ones stay as they are. */
export type RegionFields = Extract<Change, { readonly action: 'update' }>['region'];

/** What a layout tells. All of them are optional. */
export interface LayoutListener {
  /** Number of the last operation that is in what was loaded: nothing after it is missed. */
  readonly since?: number;
  /** Who is here now, this client included. */
  onPresence?(users: readonly PresentConnection[]): void;
  /** Every operation once, in order. */
  onRegionChange?(change: RegionChanged): void;
  /** Changes were missed that cannot be had any more: load the layout anew; what follows has greater numbers. */
  onGap?(seq: number): void;
  /** What it is apart from its regions: when it is followed, and when its name or its grid changes. */
  onLayout?(about: LayoutAbout): void;
  /** The layout was deleted, and the subscription is over. */
  onDeleted?(): void;
  /** The subscription was refused, and is over. */
  onRefused?(error: Error): void;
}

/** A layout that is followed: who is here, what is changed, and this client's own part in it. */
export class LayoutSubscription implements Subscription {
  readonly target: { readonly layout: string };
  private readonly view = new PresenceView();
  private readonly sequence: Sequence;
  /** What others were told of this client; told again after a reconnect. */
  private own: PresenceState = {};
  private about: LayoutAbout | undefined;
  private pending: PresenceState | undefined;
  private stopTimer: (() => void) | undefined;

  constructor(
    layoutId: string,
    private readonly listener: LayoutListener,
    private readonly link: SubscriptionLink,
    private readonly surroundings: Surroundings,
  ) {
    this.target = { layout: layoutId };
    this.sequence = new Sequence(listener.since);
  }

  users(): readonly PresentConnection[] {
    return this.view.users();
  }

  /** Tells others of a cursor, a selection and the like; null takes a key away. Many calls become few messages. */
  update(state: PresenceState): void {
    this.own = merge(this.own, state);
    this.pending = { ...this.pending, ...state };
    if (this.stopTimer === undefined) this.flush();
  }

  /** @throws ServerRefusalError, ClientOfflineError, ClientAnswerLostError, ClientMessageTooLargeError */
  create(region: NewRegion): Promise<Acknowledged> {
    return this.send({ action: 'create', region });
  }

  /** @param version that the change is based on; without it the change is made whatever others have done */
  change(regionId: string, region: RegionFields, version?: number): Promise<Acknowledged> {
    return this.send({ action: 'update', regionId, region, ...(version !== undefined && { version }) });
  }

  remove(regionId: string, version?: number): Promise<Acknowledged> {
    return this.send({ action: 'delete', regionId, ...(version !== undefined && { version }) });
  }

  /** Follows it no longer. */
  end(): void {
    this.stopTimer?.();
    this.link.end(this);
  }

  wanted(): ResumeTarget {
    const { sinceSeq } = this.sequence.since();
    return { ...this.target, ...(sinceSeq !== undefined && { sinceSeq }) };
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case 'subscribed':
        this.sequence.begin(message.seq);
        if (message.about !== undefined) this.look(message.about);
        return this.arrived(message.users);
      case 'presence.state':
        return this.show(message.users);
      case 'presence.diff':
        this.view.apply(message);
        return this.listener.onPresence?.(this.view.users());
      case 'region.changed':
        return this.changed(message);
      case 'gap':
        this.sequence.moveTo(message.seq);
        return this.listener.onGap?.(message.seq);
      default:
        return this.receiveOfItself(message);
    }
  }

  lost(): void {
    this.show([]);
  }

  refused(error: Error): void {
    this.stopTimer?.();
    this.listener.onRefused?.(error);
  }

  private receiveOfItself(message: ServerMessage): void {
    if (message.type === 'layout.changed') this.look(message);
    if (message.type !== 'layout.deleted') return;
    this.end();
    this.listener.onDeleted?.();
  }

  private look({ layoutVersion, name, columns, rows }: LayoutAbout): void {
    const known = this.about;
    this.about = { layoutVersion, name, columns, rows };
    const isSame = known?.name === name && known.columns === columns && known.rows === rows;
    if (!isSame) this.listener.onLayout?.(this.about);
  }

  private async send(change: DistributiveOmit<Change, 'type' | 'layout'>): Promise<Acknowledged> {
    const answer = await this.link.ask({ type: 'region.change', ...this.target, ...change });
    return answer as Acknowledged;
  }

  private arrived(users: readonly PresentConnection[] = []): void {
    this.show(users);
    this.pending = Object.keys(this.own).length > 0 ? this.own : undefined;
    if (this.stopTimer === undefined) this.flush();
  }

  private show(users: readonly PresentConnection[]): void {
    this.view.replace(users);
    this.listener.onPresence?.(this.view.users());
  }

  private changed(message: RegionChanged): void {
    const arrival = this.sequence.arrive(message.seq);
    if (arrival === 'next') this.listener.onRegionChange?.(message);
    else if (arrival === 'ahead') this.link.resume(this);
  }

  private flush(): void {
    this.stopTimer = undefined;
    if (this.pending === undefined) return;
    const state = this.pending;
    this.pending = undefined;
    this.link.tell({ type: 'presence.update', ...this.target, state });
    this.stopTimer = this.surroundings.after(UPDATE_EVERY_MS, () => this.flush());
  }
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;
