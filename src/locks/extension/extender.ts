import type { Claim } from '../claim.js';
import type { ExtensionTarget } from '../stores/lock-store.js';

/** Prolongs locks from outside the event loop. */
export interface Extender {
  /** Waits until locks can be prolonged, or for a few seconds. */
  start(): Promise<void>;
  stop(): Promise<void>;
  watch(claim: Claim, target: ExtensionTarget, validUntilMs: number): void;
  forget(claimId: string): void;
  /** This thread's event loop turns. */
  beat(): void;
  /** Reads the news at once, instead of when the event loop comes to them. */
  refresh(): void;
  onExtended(listener: (claimId: string, validUntilMs: number) => void): void;
  onLost(listener: (claimId: string) => void): void;
}

/** For locks of one process: a blocked event loop blocks those who wait as well. */
export class NoExtender implements Extender {
  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  watch(): void {
    // The keeper prolongs them.
  }

  forget(): void {
    // None is watched.
  }

  beat(): void {
    // Nobody listens.
  }

  refresh(): void {
    // There are no news.
  }

  onExtended(): void {
    // Never.
  }

  onLost(): void {
    // Never.
  }
}
