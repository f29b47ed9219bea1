import type { PresentConnection, ToldPart } from '../coordination/shared-presence.js';
import { Member, type StateTexts } from './member.js';
import type { RemoteDiff } from './remote-messages.js';

/** Numbers of one life of a room; a room that opens again begins beyond all it had before. */
export const NUMBERS_OF_A_LIFE = 2 ** 26;
/** Changes kept while the part that they belong to is being asked for. */
const MOST_HELD = 200;

/** What becomes of it here. */
export interface RemoteChanges {
  join(member: Member): void;
  leave(member: Member): void;
  update(member: Member, changes: StateTexts): void;
}

interface Part {
  number: number;
  /** How far it says to be. */
  saidNumber: number;
  members: Map<string, Member>;
  /** Changes that cannot be applied: something before them is missing. */
  held: RemoteDiff[];
  /** When it was heard of last by a message, on the counter of all changes. */
  heardAt: number;
}

/**
 * The members of a layout on other instances: what they have told as a whole, and the numbered changes since. A change
 * is applied only to exactly what it follows; others wait until the whole is read again.
 */
export class RemoteParts {
  private readonly parts = new Map<string, Part>();
  private heard = 0;

  constructor(private readonly changes: RemoteChanges) {}

  /** A moment, to be given to `replace` with what was read when all that was told before it had been written. */
  get moment(): number {
    return this.heard;
  }

  *members(): Generator<Member> {
    for (const { members } of this.parts.values()) yield* members.values();
  }

  /** @returns false: something is missing, and the whole must be read again */
  apply(diff: RemoteDiff): boolean {
    this.heard += 1;
    const part = this.partOf(diff.from);
    part.heardAt = this.heard;
    if (diff.number <= part.number) return true;
    const isNext = diff.number === part.number + 1;
    if (!isNext && diff.number % NUMBERS_OF_A_LIFE === 1) this.clear(part);
    else if (!isNext) {
      part.held.push(diff);
      if (part.held.length > MOST_HELD) part.held.shift();
      return false;
    }
    this.change(part, diff);
    return true;
  }

  /** An instance says how far it is. @returns false: something is missing */
  note(from: string, number: number): boolean {
    const part = this.partOf(from);
    part.saidNumber = Math.max(part.saidNumber, number);
    return isWhole(part);
  }

  /**
   * Takes over what instances have told, as far as it is newer.
   * @param moment what was not heard of since, and is not told, is gone
   * @returns false: changes still wait for what is missing, or an instance has not written what it said
   */
  replace(told: readonly ToldPart[], moment: number): boolean {
    let isSettled = true;
    for (const [from, { heardAt }] of this.parts) {
      if (told.some(({ instanceId }) => instanceId === from)) continue;
      if (heardAt <= moment) this.drop(from);
      else isSettled = false;
    }
    for (const one of told) this.take(one);
    return isSettled && [...this.parts.values()].every(isWhole);
  }

  /** The instance is gone. */
  drop(from: string): void {
    const part = this.parts.get(from);
    if (part === undefined) return;
    this.clear(part);
    this.parts.delete(from);
  }

  private take({ instanceId, number, users }: ToldPart): void {
    const part = this.partOf(instanceId);
    if (number > part.number) this.become(part, number, users);
    const held = part.held.sort((a, b) => a.number - b.number);
    part.held = [];
    for (const diff of held) this.apply(diff);
  }

  /** Only what is different is told. */
  private become(part: Part, number: number, users: readonly PresentConnection[]): void {
    part.number = number;
    const there = new Set(users.map(({ connectionId }) => connectionId));
    for (const member of [...part.members.values()]) {
      if (!there.has(member.identity.connectionId)) this.remove(part, member);
    }
    for (const user of users) {
      const known = part.members.get(user.connectionId);
      const member = memberOf(user);
      if (known?.text === member.text) continue;
      part.members.set(user.connectionId, member);
      this.changes.join(member);
    }
  }

  private change(part: Part, { number, joins, leaves, updates }: RemoteDiff): void {
    part.number = number;
    for (const { connectionId } of leaves) {
      const member = part.members.get(connectionId);
      if (member !== undefined) this.remove(part, member);
    }
    for (const user of joins) {
      const member = memberOf(user);
      part.members.set(user.connectionId, member);
      this.changes.join(member);
    }
    for (const { connectionId, state } of updates) {
      const member = part.members.get(connectionId);
      const texts = stateTexts(state);
      member?.apply(texts);
      if (member !== undefined) this.changes.update(member, texts);
    }
  }

  private remove(part: Part, member: Member): void {
    part.members.delete(member.identity.connectionId);
    this.changes.leave(member);
  }

  private clear(part: Part): void {
    for (const member of [...part.members.values()]) this.remove(part, member);
    part.held = [];
  }

  private partOf(from: string): Part {
    const there = this.parts.get(from);
    if (there !== undefined) return there;
    const part = {
      number: 0,
      saidNumber: 0,
      members: new Map<string, Member>(),
      held: [],
      heardAt: 0,
    };
    this.parts.set(from, part);
    return part;
  }
}

function isWhole({ number, saidNumber, held }: Part): boolean {
  return held.length === 0 && number >= saidNumber;
}

function memberOf({ state, ...identity }: PresentConnection): Member {
  const member = new Member(identity);
  member.apply(stateTexts(state));
  return member;
}

function stateTexts(state: Readonly<Record<string, unknown>>): StateTexts {
  return new Map(Object.entries(state).map(([key, value]) => [key, JSON.stringify(value)]));
}
