import { SharedPresence } from './shared-presence.js';

/** There are no other instances. */
export class LocalPresence extends SharedPresence {
  tell(): void {
    // Nobody asks.
  }

  others(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  watch(): void {
    // Nobody goes.
  }
}
