import { type RedisCommands, RedisLink, type RedisState } from '../../src/platform/redis/index.js';

/** Sends a command, or does not, and answers when it likes. */
export type Interceptor = <T>(send: () => Promise<T>) => Promise<T>;

/** A link whose commands and subscription a test holds in its hands. */
export class InterceptedRedis extends RedisLink {
  /** Stands between the cache and each command; may be changed at any time. */
  intercept: Interceptor = (send) => send();
  /** Messages are lost on the way. */
  isMuted = false;
  readonly lost: string[] = [];
  private readonly ends: (() => void)[] = [];
  private readonly onConnections: ((isConnected: boolean) => void)[] = [];

  constructor(private readonly link: RedisLink) {
    super();
  }

  get state(): RedisState {
    return this.link.state;
  }

  get generation(): number {
    return this.link.generation;
  }

  get publishCommand(): RedisLink['publishCommand'] {
    return this.link.publishCommand;
  }

  get isCluster(): boolean {
    return this.link.isCluster;
  }

  run<T>(work: (commands: RedisCommands) => Promise<T>): Promise<T> {
    return this.intercept(() => this.link.run(work));
  }

  watch(listener: (isConnected: boolean) => void): void {
    this.link.watch(listener);
  }

  listen(...args: Parameters<RedisLink['subscribe']>): () => void {
    const end = this.link.listen(...args);
    this.ends.push(end);
    return end;
  }

  /** As when its connection for messages is lost, and not there again. */
  stopListening(): void {
    for (const end of this.ends.splice(0)) end();
  }

  subscribe(
    channel: string,
    listener: (message: string) => void,
    onConnection?: (isConnected: boolean) => void,
  ): () => void {
    if (onConnection !== undefined) this.onConnections.push(onConnection);
    const heard = (message: string): void => {
      if (this.isMuted) this.lost.push(message);
      else listener(message);
    };
    return this.link.subscribe(channel, heard, onConnection);
  }

  /** Says that the subscription was lost, or is there again. */
  tellSubscription(isConnected: boolean): void {
    for (const onConnection of this.onConnections) onConnection(isConnected);
  }
}
