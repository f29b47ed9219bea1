import type { Clock, Timer } from '../../kernel/clock.js';
import { BatchWindow } from '../channels/batch-window.js';
import type { Outlet } from '../connections/outlet.js';
import { type PresenceBatches, presenceFrame } from './batches.js';
import { Member, type MemberIdentity } from './member.js';
import { PendingDiff } from './pending-diff.js';
import { Roster } from './roster.js';

/** Who lost the connection without a word is shown for so long: most are back at once, and nobody sees them flicker. */
const GRACE_MS = 10_000;

/** What rooms need from around them. */
export interface RoomSurroundings {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly maxBatchSize: number;
  readonly batches: PresenceBatches;
}

/** A layout with somebody in it, on this instance: who is there, what they show, and what of it has not been told yet. */
export class LayoutRoom {
  private readonly members = new Map<string, Member>();
  private readonly outlets = new Map<string, Outlet>();
  /** Members whose connection was lost. */
  private readonly lingering = new Map<string, Timer>();
  private readonly pending = new PendingDiff();
  private readonly window: BatchWindow;

  constructor(
    readonly layoutId: string,
    private readonly channelKey: string,
    private readonly around: RoomSurroundings,
    private readonly onEmpty: () => void,
  ) {
    this.window = new BatchWindow(around.clock, around.intervalMs, () => this.flush());
  }

  get size(): number {
    return this.members.size;
  }

  /** Adds a connection; from the next flush on it hears of changes. */
  enter(identity: MemberIdentity, outlet: Outlet): void {
    const member = new Member(identity);
    this.forgetLost(identity.userId);
    this.members.set(identity.connectionId, member);
    this.outlets.set(identity.connectionId, outlet);
    this.pending.join(member);
    this.window.touch();
  }

  /** @throws PresenceStateTooLargeError PRESENCE_STATE_TOO_LARGE */
  update(connectionId: string, state: Readonly<Record<string, unknown>>): void {
    const member = this.members.get(connectionId);
    if (member === undefined) return;
    const changes = member.update(state);
    if (changes.size === 0) return;
    this.pending.update(member, changes);
    this.window.touch();
  }

  /** @param isAbnormal the connection was lost: others see it for a while yet */
  leave(connectionId: string, isAbnormal: boolean): void {
    this.outlets.delete(connectionId);
    if (!isAbnormal) {
      this.remove(connectionId);
      return;
    }
    this.lingering.set(
      connectionId,
      this.around.clock.after(GRACE_MS, () => this.remove(connectionId)),
    );
  }

  /** Who is here now. What is sent later builds on it. */
  roster(): Roster {
    this.pending.noteSnapshot();
    return new Roster(`[${[...this.members.values()].map(({ text }) => text).join(',')}]`);
  }

  /** Tells one connection everything anew, after something was left out for it. */
  refresh(connectionId: string): void {
    const text = `{"type":"presence.state","layout":"${this.layoutId}","users":${this.roster().text}}`;
    this.outlets.get(connectionId)?.send(Buffer.from(text), 'latest', this.channelKey);
  }

  close(): void {
    this.window.cancel();
    for (const timer of this.lingering.values()) timer.cancel();
    this.lingering.clear();
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
    this.pending.leave(member);
    this.window.touch();
    if (this.members.size === 0) this.onEmpty();
  }

  private flush(): void {
    const { batches, maxBatchSize } = this.around;
    for (const part of this.pending.take(maxBatchSize)) {
      const frame = Buffer.from(presenceFrame(this.layoutId, part));
      batches.note(frame.length, this.outlets.size);
      for (const outlet of this.outlets.values()) outlet.send(frame, 'latest', this.channelKey);
    }
  }
}
