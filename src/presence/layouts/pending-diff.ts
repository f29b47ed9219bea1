import { type Member, stateText, type StateTexts } from './member.js';

/** Characters of a frame after which another one is begun. */
const MAX_FRAME_LENGTH = 64 * 1_024;

/** The three lists of a diff, as JSON without their brackets. */
export interface DiffPart {
  readonly joins: string;
  readonly leaves: string;
  readonly updates: string;
  readonly entries: number;
}

type List = Exclude<keyof DiffPart, 'entries'>;

/**
 * What changed in a layout since the last flush. Of several changes of one thing the last one is told; who came and
 * went in between was never there. To be applied in the order leaves, joins, updates.
 */
export class PendingDiff {
  private readonly joins = new Map<string, Member>();
  private readonly leaves = new Map<string, string>();
  private readonly updates = new Map<string, StateTexts>();
  /** Somebody was told of the joins already, by a snapshot: their leaves must be told as well. */
  private areJoinsShown = false;

  get isEmpty(): boolean {
    return this.joins.size + this.leaves.size + this.updates.size === 0;
  }

  join(member: Member): void {
    this.joins.set(member.identity.connectionId, member);
    this.updates.delete(member.identity.connectionId);
  }

  leave({ identity: { connectionId, userId } }: Member): void {
    this.updates.delete(connectionId);
    const isUnheardOf = this.joins.delete(connectionId) && !this.areJoinsShown;
    if (!isUnheardOf) this.leaves.set(connectionId, userId);
  }

  update({ identity: { connectionId } }: Member, changes: StateTexts): void {
    // A join tells the state as it is when it leaves.
    if (changes.size === 0 || this.joins.has(connectionId)) return;
    const pending = this.updates.get(connectionId);
    if (pending === undefined) this.updates.set(connectionId, new Map(changes));
    else for (const [key, text] of changes) pending.set(key, text);
  }

  /** A snapshot that includes all of this was handed out. */
  noteSnapshot(): void {
    this.areJoinsShown ||= this.joins.size > 0;
  }

  /** Everything, in parts of at most so many entries; then nothing is pending. */
  *take(maxEntries: number): Generator<DiffPart> {
    let part = emptyPart();
    let length = 0;
    for (const [list, text] of this.entries()) {
      const isFull = part.entries >= maxEntries || length + text.length > MAX_FRAME_LENGTH;
      if (part.entries > 0 && isFull) {
        yield part;
        [part, length] = [emptyPart(), 0];
      }
      part[list] += part[list] === '' ? text : `,${text}`;
      part.entries += 1;
      length += text.length;
    }
    if (part.entries > 0) yield part;
    this.clear();
  }

  private *entries(): Generator<readonly [List, string]> {
    for (const [connectionId, userId] of this.leaves) {
      yield ['leaves', JSON.stringify({ connectionId, userId })];
    }
    for (const member of this.joins.values()) yield ['joins', member.text];
    for (const [connectionId, state] of this.updates) {
      yield ['updates', `{"connectionId":${JSON.stringify(connectionId)},"state":${stateText(state)}}`];
    }
  }

  private clear(): void {
    this.joins.clear();
    this.leaves.clear();
    this.updates.clear();
    this.areJoinsShown = false;
  }
}

function emptyPart(): Record<List, string> & { entries: number } {
  return { joins: '', leaves: '', updates: '', entries: 0 };
}
