import type { Clock, Timer } from '../../kernel/clock.js';
import { BatchWindow } from '../channels/batch-window.js';
import type { Outlet } from '../connections/outlet.js';
import type { LayoutPart } from '../coordination/shared-presence.js';
import { mergeParts, type PresenceBatches, presenceFrame, presenceMessage } from './batches.js';
import { Member, type MemberIdentity } from './member.js';
import { PendingDiff } from './pending-diff.js';
import { markMessage } from './remote-messages.js';
import { NUMBERS_OF_A_LIFE } from './remote-parts.js';
import { type Coordination, RoomLink } from './room-link.js';
import { Roster } from './roster.js';

/** Who lost the connection without a word is shown for so long: most are back at once, and nobody sees them flicker. */
const GRACE_MS = 10_000;

/** What rooms need from around them. */
export interface RoomSurroundings {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly maxBatchSize: number;
  readonly batches: PresenceBatches;
  readonly ways: Coordination;
  readonly instanceId: string;
}

/** Which room it is. */
export interface RoomName {
  readonly layoutId: string;
  readonly channelKey: string;
  /** Another one each time that the room is opened on this instance, and a greater one. */
  readonly life: number;
}

/**
 * A layout with somebody in it on this instance: who is there on all of them, what they show, and what of it has not
 * been told yet, to the clients here and to the other instances.
 */
export class LayoutRoom {
  private readonly members = new Map<string, Member>();
  private readonly outlets = new Map<string, Outlet>();
  /** Members whose connection was lost. */
  private readonly lingering = new Map<string, Timer>();
  private readonly ours = new PendingDiff();
  private readonly theirs = new PendingDiff();
  private readonly window: BatchWindow;
  private readonly link: RoomLink;
  private number: number;
  private waiting = 0;

  constructor(
    private readonly name: RoomName,
    private readonly around: RoomSurroundings,
    private readonly onEmpty: () => void,
  ) {
    this.number = name.life * NUMBERS_OF_A_LIFE;
    this.window = new BatchWindow(around.clock, around.intervalMs, () => this.flush());
    this.link = new RoomLink(name.channelKey, around.ways, {
      join: (member) => {
        this.forgetLost(member.identity.userId);
        this.theirs.join(member);
        this.window.touch();
      },
      leave: (member) => {
        this.theirs.leave(member);
        this.window.touch();
      },
      update: (member, changes) => {
        this.theirs.update(member, changes);
        this.window.touch();
      },
    });
  }

  get size(): number {
    return this.members.size;
  }

  /** Waits until it is known who is there on the other instances; `settle` must follow. */
  async prepare(): Promise<void> {
    this.waiting += 1;
    await this.link.isRead;
  }

  /** Whoever prepared has entered, or does not want to any more. */
  settle(): void {
    this.waiting -= 1;
    this.closeWhenEmpty();
  }

  /** Adds a connection; from the next flush on it hears of changes. */
  enter(identity: MemberIdentity, outlet: Outlet): void {
    const member = new Member(identity);
    this.forgetLost(identity.userId);
    this.members.set(identity.connectionId, member);
    this.outlets.set(identity.connectionId, outlet);
    this.ours.join(member);
    this.window.touch();
  }

  /** @throws PresenceStateTooLargeError PRESENCE_STATE_TOO_LARGE */
  update(connectionId: string, state: Readonly<Record<string, unknown>>): void {
    const member = this.members.get(connectionId);
    if (member === undefined) return;
    const changes = member.update(state);
    if (changes.size === 0) return;
    this.ours.update(member, changes);
    this.window.touch();
  }

  /** A connection goes on as another user: others see that one come in the place of the one before. */
  rename(connectionId: string, user: Pick<MemberIdentity, 'userId' | 'name'>): void {
    const before = this.members.get(connectionId);
    if (before === undefined) return;
    const member = new Member({ ...before.identity, ...user });
    member.apply(before.state);
    this.forgetLost(user.userId);
    this.members.set(connectionId, member);
    this.ours.leave(before);
    this.ours.join(member);
    this.window.touch();
  }

  /** @param isAbnormal the connection was lost: others see it for a while yet */
  leave(connectionId: string, isAbnormal: boolean): void {
    this.outlets.delete(connectionId);
    if (!isAbnormal) {
      this.remove(connectionId);
      return;
    }
    const timer = this.around.clock.after(GRACE_MS, () => this.remove(connectionId));
    this.lingering.set(connectionId, timer);
  }

  /** Who is here now, on all instances. What is sent later builds on it. */
  roster(): Roster {
    this.theirs.noteSnapshot();
    const others = [...this.link.parts.members()].map(({ text }) => text);
    return new Roster(`[${[...this.texts(), ...others].join(',')}]`);
  }

  /** Tells one connection everything anew, after something was left out for it. */
  refresh(connectionId: string): void {
    const text = `{"type":"presence.state","layout":"${this.name.layoutId}","users":${this.roster().text}}`;
    this.outlets.get(connectionId)?.send(Buffer.from(text), 'latest', this.name.channelKey);
  }

  /** Instances are gone, and all who were there. */
  drop(instanceIds: readonly string[]): void {
    this.link.drop(instanceIds);
  }

  /** Instances have come that may have told something. */
  readAgain(): void {
    this.link.readLater();
  }

  close(): void {
    this.window.cancel();
    this.link.close();
    for (const timer of this.lingering.values()) timer.cancel();
    this.lingering.clear();
  }

  private texts(): string[] {
    this.ours.noteSnapshot();
    return [...this.members.values()].map(({ text }) => text);
  }

  /** Whoever comes again is not there twice. */
  private forgetLost(userId: string): void {
    for (const connectionId of this.lingering.keys()) {
      if (this.members.get(connectionId)?.identity.userId !== userId) continue;
      this.remove(connectionId);
      return;
    }
  }

  private remove(connectionId: string): void {
    const member = this.members.get(connectionId);
    this.lingering.get(connectionId)?.cancel();
    this.lingering.delete(connectionId);
    if (member === undefined) return;
    this.members.delete(connectionId);
    this.ours.leave(member);
    this.window.touch();
    this.closeWhenEmpty();
  }

  private closeWhenEmpty(): void {
    if (this.members.size + this.waiting > 0) return;
    // Nobody here hears it, but the other instances do.
    this.flush();
    this.onEmpty();
  }

  private flush(): void {
    const { batches, maxBatchSize } = this.around;
    const ours = [...this.ours.take(maxBatchSize)];
    this.tellOthers(ours);
    for (const part of mergeParts(ours, [...this.theirs.take(maxBatchSize)], maxBatchSize)) {
      const frame = Buffer.from(presenceFrame(this.name.layoutId, part));
      batches.note(frame.length, this.outlets.size);
      for (const outlet of this.outlets.values()) outlet.send(frame, 'latest', this.name.channelKey);
    }
  }

  private tellOthers(parts: ReturnType<typeof mergeParts>): void {
    const { ways, instanceId } = this.around;
    if (!ways.bus.reachesOthers || parts.length === 0) return;
    for (const part of parts) {
      this.number += 1;
      this.link.tell(presenceMessage(instanceId, this.number, part), markMessage(instanceId, this.number));
    }
    ways.shared.tell(this.name.channelKey, this.members.size === 0 ? undefined : () => this.part());
  }

  private part(): LayoutPart {
    return { number: this.number, text: `[${this.texts().join(',')}]` };
  }
}
