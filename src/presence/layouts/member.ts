import type { PresentConnection } from '../coordination/shared-presence.js';
import { PresenceStateTooLargeError } from '../errors.js';

const MAX_KEYS = 16;
const MAX_LENGTH = 4_096;

/** Keys of a state with their values as JSON: it is written once and read by all. A map, because clients name the keys. */
export type StateTexts = Map<string, string>;

/** What is known of a connection in a layout besides its state. */
export type MemberIdentity = Omit<PresentConnection, 'state'>;

/** A connection in a layout, with what it shows of itself. */
export class Member {
  readonly state: StateTexts = new Map();
  private readonly head: string;
  private length = 0;
  private kept: string | undefined;

  constructor(readonly identity: MemberIdentity) {
    const { connectionId, userId, name, joinedAt } = identity;
    this.head = JSON.stringify({ connectionId, userId, name, joinedAt }).slice(0, -1);
  }

  /** As the protocol tells it. */
  get text(): string {
    return (this.kept ??= `${this.head},"state":${stateText(this.state)}}`);
  }

  /**
   * Takes over what differs; null takes a key away.
   * @returns what is different now
   * @throws PresenceStateTooLargeError PRESENCE_STATE_TOO_LARGE, and nothing is changed
   */
  update(wanted: Readonly<Record<string, unknown>>): StateTexts {
    const changes: StateTexts = new Map();
    for (const [key, value] of Object.entries(wanted)) {
      const text = JSON.stringify(value ?? null);
      if ((this.state.get(key) ?? 'null') !== text) changes.set(key, text);
    }
    this.expectSmall(changes);
    this.apply(changes);
    return changes;
  }

  /** Takes over changes that another instance has let through. */
  apply(changes: StateTexts): void {
    for (const [key, text] of changes) {
      this.length += this.growth(key, text);
      if (text === 'null') this.state.delete(key);
      else this.state.set(key, text);
    }
    if (changes.size > 0) this.kept = undefined;
  }

  private expectSmall(changes: StateTexts): void {
    let [keys, length] = [this.state.size, this.length];
    for (const [key, text] of changes) {
      length += this.growth(key, text);
      if (text === 'null') keys -= 1;
      else if (!this.state.has(key)) keys += 1;
    }
    if (keys > MAX_KEYS || length > MAX_LENGTH) throw new PresenceStateTooLargeError(MAX_KEYS, MAX_LENGTH);
  }

  private growth(key: string, text: string): number {
    const before = this.state.get(key);
    const removed = before === undefined ? 0 : key.length + before.length;
    return (text === 'null' ? 0 : key.length + text.length) - removed;
  }
}

/** The JSON object of keys whose values are JSON already. */
export function stateText(state: StateTexts): string {
  let text = '';
  for (const [key, value] of state) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${value}`;
  return `{${text}}`;
}
