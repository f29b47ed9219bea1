import { PresenceBus } from './presence-bus.js';

/** There are no other instances. */
export class LocalBus extends PresenceBus {
  readonly reachesOthers = false;

  publish(): void {
    // Nobody to tell.
  }

  listen(): () => void {
    return () => undefined;
  }
}
