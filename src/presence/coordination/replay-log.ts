/** A place in a log. */
export interface LogPosition {
  /** Another one when the log began anew: numbers of two epochs cannot be compared. */
  readonly epoch: string;
  readonly seq: number;
}

/** An event of a log. */
export interface LoggedEvent {
  readonly seq: number;
  readonly payload: string;
}

/** What came after a position: all of it, or a gap. */
export type Replayed =
  | { readonly isWhole: true; readonly events: readonly LoggedEvent[]; readonly end: LogPosition }
  | { readonly isWhole: false; readonly end: LogPosition };

/**
 * Keeps the latest events of channels, numbered without gaps over all instances, so that whoever was away gets all that
 * was missed, in order, or hears that something is missing.
 */
export abstract class ReplayLog {
  /**
   * Adds an event, and tells it to every listener of the channel on all instances, this one included. Nothing is kept of
   * a channel that nobody has listened to, or asked for, within a minute: a position from before is a gap then. So call it
   * for every event of those that are `followed`.
   * Never rejects: what could not be logged begins a new epoch.
   */
  abstract append(channelKey: string, payload: string): Promise<void>;

  /**
   * Those of the channels that somebody on any instance follows, or did within a minute: events of the others need not be
   * appended. All of them when that cannot be known. Never rejects.
   */
  abstract followed(channelKeys: readonly string[]): Promise<ReadonlySet<string>>;

  /** Calls `onEvent` with what is added, in order, and `onGap` when something may be missing, until the answer is called. */
  abstract listen(
    channelKey: string,
    onEvent: (event: LoggedEvent, epoch: string) => void,
    onGap: () => void,
  ): () => void;

  /** The end of the log now. */
  abstract end(channelKey: string): Promise<LogPosition>;

  abstract since(channelKey: string, position: LogPosition): Promise<Replayed>;
}
