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
   * Number of the command connection: another one after each loss, 0 before the first. What was learnt on one
   * connection may not hold on the next, because the server may have restarted in between.
   */
  abstract readonly generation: number;

  /** Keys of one command or script must share a slot. */
  abstract readonly isCluster: boolean;

  /**
   * Runs commands on the shared command connection; no blocking commands, no SUBSCRIBE.
   * @throws RedisUnavailableError REDIS_UNAVAILABLE when Redis is absent, away or too slow
   */
  abstract run<T>(work: (commands: RedisCommands) => Promise<T>): Promise<T>;

  /** Calls `listener` when the command connection is lost or there again, and at once when it is there. */
  abstract watch(listener: (isConnected: boolean) => void): void;

  /**
   * Calls `listener` with every message of `channel`, until the answer is called. What is published
   * while the connection is down is lost; `onConnection` hears of it: true when Redis has confirmed the
   * subscription, false as soon as the connection closes. Without Redis nothing ever arrives.
   */
  abstract subscribe(
    channel: string,
    listener: (message: string) => void,
    onConnection?: (isConnected: boolean) => void,
  ): () => void;

  /**
   * As `subscribe`, for channels of which there are many and few listeners each: on a cluster their messages stay on the
   * node that has the channel's slot. Published by `publishCommand`.
   */
  abstract listen(
    channel: string,
    listener: (message: string) => void,
    onConnection?: (isConnected: boolean) => void,
  ): () => void;

  /** Tells those who `listen`. */
  abstract readonly publishCommand: 'PUBLISH' | 'SPUBLISH';
}
