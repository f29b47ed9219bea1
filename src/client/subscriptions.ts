import { ClientSubscribedError } from './errors.js';
import { type ErrorMessage, type ServerMessage, type Target, targetKey, targetOf } from './messages.js';
import type { Subscription } from './subscription.js';

/** As many as one `resume` may name. */
const MOST_OF_FRAME = 100;

/** What a client follows, by target. */
export class Subscriptions {
  private readonly byTarget = new Map<string, Subscription>();
  /** Asked for what they missed, and not answered yet. */
  private readonly resuming = new Set<Subscription>();
  private readonly askedBy = new Map<string, readonly Subscription[]>();

  /** @throws ClientSubscribedError CLIENT_SUBSCRIBED_ALREADY */
  add(subscription: Subscription): void {
    const key = targetKey(subscription.target);
    if (this.byTarget.has(key)) throw new ClientSubscribedError(key);
    this.byTarget.set(key, subscription);
  }

  /** False when it was not followed any more. */
  remove(subscription: Subscription): boolean {
    this.resuming.delete(subscription);
    return this.has(subscription) && this.byTarget.delete(targetKey(subscription.target));
  }

  has(subscription: Subscription): boolean {
    return this.byTarget.get(targetKey(subscription.target)) === subscription;
  }

  /** All of them, in parts that fit one message. */
  inParts(): readonly (readonly Subscription[])[] {
    const all = [...this.byTarget.values()];
    const parts = Math.ceil(all.length / MOST_OF_FRAME);
    return Array.from({ length: parts }, (_, part) =>
      all.slice(part * MOST_OF_FRAME, (part + 1) * MOST_OF_FRAME),
    );
  }

  /** Notes which message asked for them, for the case that it is refused. */
  asked(ref: string, subscriptions: readonly Subscription[]): void {
    this.askedBy.set(ref, subscriptions);
  }

  /** Whether it has to be asked for what is missing: not when that was done, and the answer is on its way. */
  beginResume(subscription: Subscription): boolean {
    if (this.resuming.has(subscription)) return false;
    this.resuming.add(subscription);
    return true;
  }

  receive(message: ServerMessage): void {
    const target = targetOf(message);
    const subscription = target && this.byTarget.get(targetKey(target));
    if (subscription === undefined) return;
    if (message.type === 'gap' || message.type === 'resumed') this.resuming.delete(subscription);
    if ('ref' in message && message.ref !== undefined) this.answered(message.ref);
    subscription.receive(message);
  }

  /** Which subscriptions an error is about: that of the target it names, or all of its message. */
  refused({ ref, details }: ErrorMessage): readonly Subscription[] {
    const asked = (ref === undefined ? undefined : this.askedBy.get(ref)) ?? [];
    const target = details?.target as Target | undefined;
    const refused = asked.filter(
      (each) => this.has(each) && (target === undefined || targetKey(target) === targetKey(each.target)),
    );
    // No other answer comes: what is missing next must be asked for again.
    for (const each of refused) this.resuming.delete(each);
    return refused;
  }

  lost(): void {
    this.resuming.clear();
    this.askedBy.clear();
    for (const subscription of [...this.byTarget.values()]) subscription.lost();
  }

  /** A message that asked for one is done with; of one that asked for many, others may still be refused. */
  private answered(ref: string): void {
    if (this.askedBy.get(ref)?.length === 1) this.askedBy.delete(ref);
  }
}
