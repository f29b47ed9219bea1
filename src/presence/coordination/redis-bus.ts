import type { RedisLink } from '../../platform/redis/index.js';
import { PresenceBus } from './presence-bus.js';
import type { PresenceKeys } from './presence-keys.js';

/** The bus by publish and subscribe of Redis; on a cluster by the sharded kind. */
export class RedisBus extends PresenceBus {
  readonly reachesOthers = true;
  /** Messages that could not be sent. */
  failures = 0;

  constructor(
    private readonly redis: RedisLink,
    private readonly keys: PresenceKeys,
    private readonly instanceId: string,
  ) {
    super();
  }

  publish(channelKey: string, message: string, onLost?: () => void): void {
    const channel = this.keys.bus(channelKey);
    this.redis
      .run((commands) => commands.call(this.redis.publishCommand, channel, `${this.instanceId} ${message}`))
      .catch(() => {
        this.failures += 1;
        onLost?.();
      });
  }

  listen(channelKey: string, onMessage: (message: string) => void, onGap: () => void): () => void {
    return this.redis.listen(
      this.keys.bus(channelKey),
      (text) => {
        const space = text.indexOf(' ');
        if (text.slice(0, space) !== this.instanceId) onMessage(text.slice(space + 1));
      },
      (isConnected) => {
        if (isConnected) onGap();
      },
    );
  }
}
