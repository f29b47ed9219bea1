import type { Clock, Timer } from '../../kernel/clock.js';
import type { PresenceBus } from '../coordination/presence-bus.js';
import { type SharedPresence, TELL_EVERY_MS } from '../coordination/shared-presence.js';
import { isDiff, readMessage } from './remote-messages.js';
import { RemoteParts, type RemoteChanges } from './remote-parts.js';

/** What was told up to now is written by then; before, whoever is not found there may be about to be. */
const READ_AGAIN_MS = 2 * TELL_EVERY_MS;
/** After a message that may have been lost it is said how far this instance is, until that is sent. */
const SAY_AGAIN_MS = 500;
/** Also when nobody is here any more; for longer than that nobody believes what was told. */
const MOST_SAID = 180;

/** The ways to other instances. */
export interface Coordination {
  readonly bus: PresenceBus;
  readonly shared: SharedPresence;
  readonly clock: Clock;
}

/**
 * Follows a layout on other instances: hears their changes, and reads what they have told as a whole at first, when
 * messages may be missing, and when one turns out to be.
 */
export class RoomLink {
  readonly parts: RemoteParts;
  private readonly end: () => void;
  private readonly first: Promise<void>;
  private readAgain: Timer | undefined;
  private sayAgain: Timer | undefined;
  private said = 0;
  private mark = '';
  /** How many reads have begun, and which of them was taken over last. */
  private begun = 0;
  private taken = 0;
  private isClosed = false;

  constructor(
    private readonly channelKey: string,
    private readonly ways: Coordination,
    changes: RemoteChanges,
  ) {
    this.parts = new RemoteParts(changes);
    this.end = ways.bus.listen(
      channelKey,
      (message) => this.hear(message),
      () => void this.read().then(() => this.readLater()),
    );
    this.first = this.read();
  }

  /** When the others were asked for the first time, with or without an answer. */
  get isRead(): Promise<void> {
    return this.first;
  }

  drop(instanceIds: readonly string[]): void {
    for (const instanceId of instanceIds) this.parts.drop(instanceId);
  }

  /** @param mark says how far this instance is with it: what is lost is not missed when nothing else follows */
  tell(message: string, mark: string): void {
    this.mark = mark;
    this.said = 0;
    this.ways.bus.publish(this.channelKey, message, () => this.sayLater());
  }

  /** Reads the whole when what was told up to now is written. */
  readLater(): void {
    if (this.isClosed) return;
    const { moment } = this.parts;
    this.readAgain ??= this.ways.clock.after(READ_AGAIN_MS, () => {
      this.readAgain = undefined;
      void this.read(moment);
    });
  }

  close(): void {
    this.isClosed = true;
    this.readAgain?.cancel();
    this.end();
  }

  private sayLater(): void {
    this.sayAgain ??= this.ways.clock.after(SAY_AGAIN_MS, () => {
      this.sayAgain = undefined;
      this.said += 1;
      if (this.said > MOST_SAID) return;
      this.ways.bus.publish(this.channelKey, this.mark, () => this.sayLater());
    });
  }

  private hear(text: string): void {
    const message = this.isClosed ? undefined : readMessage(text);
    // What cannot be read is missed when the next one comes.
    if (message === undefined) return;
    const { parts } = this;
    const isWhole = isDiff(message) ? parts.apply(message) : parts.note(message.from, message.number);
    if (!isWhole) this.readLater();
  }

  /** @param writtenUpTo what was told before that moment is written */
  private async read(writtenUpTo = 0): Promise<void> {
    this.begun += 1;
    const place = this.begun;
    const told = await this.ways.shared.others(this.channelKey);
    // Answers may overtake each other.
    if (this.isClosed || place < this.taken) return;
    if (told !== undefined) this.taken = place;
    const isWhole = told !== undefined && this.parts.replace(told, writtenUpTo);
    if (!isWhole) this.readLater();
  }
}
