import { PresenceBus } from './presence-bus.js';

/** There are no other instances. */
export class LocalBus extends PresenceBus {
  publish(): void {
    // Nobody to tell.
  }

  listen(): () => void {
    return () => undefined;
  }
}
