/**
 * Brings messages of a channel to the other instances: at most once, in order of each sender, lost while Redis is away.
 * What must not be lost has another source of truth.
 */
export abstract class PresenceBus {
  /** False: there is nobody to tell, and messages need not be made. */
  abstract readonly reachesOthers: boolean;

  /** To the other instances; never to this one. Never throws: `onLost` says that it may not have been sent. */
  abstract publish(channelKey: string, message: string, onLost?: () => void): void;

  /**
   * Calls `onMessage` until the answer is called. `onGap` says that messages before this moment may not have come: when
   * the way to the others is there for the first time, and when it is there again.
   */
  abstract listen(channelKey: string, onMessage: (message: string) => void, onGap: () => void): () => void;
}
