import { type RedisCommands, RedisLink, type RedisState } from '../../src/platform/redis/index.js';

/** A link on which messages arrive late, as on a slow network: their order stays. */
export class LateRedis extends RedisLink {
  /** @param delayMs may be changed at any time */
  constructor(
    private readonly link: RedisLink,
    public delayMs = 0,
  ) {
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
    return this.link.run(work);
  }

  watch(listener: (isConnected: boolean) => void): void {
    this.link.watch(listener);
  }

  listen(...args: Parameters<RedisLink['subscribe']>): () => void {
    return this.link.listen(...args);
  }

  subscribe(
    channel: string,
    listener: (message: string) => void,
    onConnection?: (isConnected: boolean) => void,
  ): () => void {
    const late = (message: string): void => void setTimeout(() => listener(message), this.delayMs);
    return this.link.subscribe(channel, late, onConnection);
  }
}
