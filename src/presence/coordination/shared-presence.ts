/** A connection in a layout, as others see it. */
export interface PresentConnection {
  readonly connectionId: string;
  readonly userId: string;
  readonly name: string;
  readonly joinedAt: string;
  /** JSON values by key; keys are the clients' own, so never a plain object as a map in our own code. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** Who is in a layout on one instance, after its change of this number. */
export interface LayoutPart {
  readonly number: number;
  /** JSON of a list of PresentConnection. */
  readonly text: string;
}

/** A part with its origin, as it was read. */
export interface ToldPart extends Pick<LayoutPart, 'number'> {
  readonly instanceId: string;
  readonly users: readonly PresentConnection[];
}

/** Who is where on other instances. Parts of instances that are gone are left out within 15 s. */
export abstract class SharedPresence {
  /**
   * Says that the part of this instance changed; `part` is asked for when it is written, within TELL_EVERY_MS, and when
   * it must be told again. undefined: nobody is there any more.
   */
  abstract tell(channelKey: string, part: (() => LayoutPart) | undefined): void;

  /** Who is there on the other instances. Never rejects: undefined, when it cannot be asked. */
  abstract others(channelKey: string): Promise<readonly ToldPart[] | undefined>;

  abstract watch(watcher: InstanceWatcher): void;
}

/** Hears of other instances. */
export interface InstanceWatcher {
  /** What they had told is void. */
  gone(instanceIds: readonly string[]): void;
  /** There are some that were not known, or are known again: they may have told something. */
  came(): void;
}

/** A part is written so often at most. */
export const TELL_EVERY_MS = 250;
