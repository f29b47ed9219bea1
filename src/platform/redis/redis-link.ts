import type { RedisCommander } from 'ioredis';

/** absent = not configured, by choice; disconnected = configured, and it does not answer now. */
export type RedisState = 'absent' | 'connected' | 'disconnected';

/** The commands of Redis, on a single server or a cluster. */
export type RedisCommands = RedisCommander;

/**
 * The way to Redis, if there is one. Nothing here ever waits for a Redis that is away: commands fail within
 * REDIS_COMMAND_TIMEOUT_MS, and subscriptions take effect when it is back.
 */
export abstract class RedisLink {
  /** As known from the connection and the latest heartbeat; asks nobody. */
  abstract readonly state: RedisState;

  /**
   * Runs commands on the shared command connection; no blocking commands, no SUBSCRIBE.
   * @throws RedisUnavailableError REDIS_UNAVAILABLE when Redis is absent, away or too slow
   */
  abstract run<T>(work: (commands: RedisCommands) => Promise<T>): Promise<T>;

  /**
   * Calls `listener` with every message of `channel`, for as long as the process lives. What is published
   * while the connection is down is lost. Without Redis nothing ever arrives.
   */
  abstract subscribe(channel: string, listener: (message: string) => void): void;
}
