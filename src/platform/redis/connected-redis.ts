import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Logger } from '../logging/index.js';
import { translate } from './errors.js';
import type { RedisClient, RedisClients } from './redis-clients.js';
import { type RedisCommands, RedisLink, type RedisState } from './redis-link.js';
import { ShardedSubscriptions } from './sharded-subscriptions.js';
import { Subscriptions } from './subscriptions.js';

/** How long a start waits for Redis before the process serves without it. */
const START_WAIT_MS = 1_000;
const STOP_WAIT_MS = 500;
/** A frozen Redis keeps its connection: only a question that stays unanswered shows it. */
const HEARTBEAT_MS = 1_000;
/** Bytes of commands that are worth a write. */
const ENOUGH_GATHERED = 1_500;

/**
 * The link to a configured Redis: a command connection that fails fast and a subscriber connection that
 * waits. Both reconnect for ever, with bounded delays. The loss and the return are logged once each.
 */
export class ConnectedRedis extends RedisLink implements OnModuleInit, OnApplicationShutdown {
  readonly publishCommand: RedisLink['publishCommand'];
  generation = 0;
  private readonly subscriptions: Subscriptions;
  private readonly sharded: ShardedSubscriptions | undefined;
  private readonly watchers: ((isConnected: boolean) => void)[] = [];
  private isAnswering = false;
  /** The connection whose commands of this turn are gathered. */
  private gathering: Redis['stream'] | undefined;
  private isStopped = false;
  private hasSaidLost = false;
  private heartbeat: Timer | undefined;
  private lastError: unknown;

  constructor(
    private readonly clients: RedisClients,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    super();
    for (const client of [clients.commands, clients.subscriber]) {
      // Without a listener an error event would end the process.
      client.on('error', (error: unknown) => {
        this.lastError = error;
      });
    }
    clients.commands.on('ready', () => {
      this.generation += 1;
      this.tell(true);
    });
    clients.commands.on('close', () => {
      this.note(false);
      this.tell(false);
    });
    this.subscriptions = new Subscriptions(clients.subscriber, logger);
    const { commands, subscriberOf } = clients;
    if (subscriberOf !== undefined && commands instanceof Cluster) {
      this.sharded = new ShardedSubscriptions(commands, subscriberOf, { clock, logger });
    }
    this.publishCommand = this.sharded === undefined ? 'PUBLISH' : 'SPUBLISH';
  }

  get state(): RedisState {
    return this.isAnswering && this.clients.commands.status === 'ready' ? 'connected' : 'disconnected';
  }

  async run<T>(work: (commands: RedisCommands) => Promise<T>): Promise<T> {
    this.gatherWrites();
    try {
      const answer = work(this.clients.commands);
      this.sendEnough();
      return await answer;
    } catch (error) {
      throw translate(error);
    }
  }

  get isCluster(): boolean {
    return this.clients.commands.isCluster;
  }

  watch(listener: (isConnected: boolean) => void): void {
    this.watchers.push(listener);
    if (this.clients.commands.status === 'ready') listener(true);
  }

  subscribe(
    channel: string,
    listener: (message: string) => void,
    onConnection?: (isConnected: boolean) => void,
  ): () => void {
    return this.subscriptions.add(channel, listener, onConnection);
  }

  listen(...args: Parameters<RedisLink['subscribe']>): () => void {
    return (this.sharded ?? this.subscriptions).add(...args);
  }

  async onModuleInit(): Promise<void> {
    const { commands, subscriber } = this.clients;
    const connecting = Promise.allSettled([commands.connect(), subscriber.connect()]);
    const waited = new AbortController();
    await Promise.race([connecting, this.clock.sleep(START_WAIT_MS, waited.signal)]);
    waited.abort();
    await this.beat();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.subscriptions.stop();
    this.sharded?.stop();
    this.heartbeat?.cancel();
    await Promise.all([this.close(this.clients.commands), this.close(this.clients.subscriber)]);
  }

  /**
   * Commands of one turn of the event loop leave in few writes: a system call each would cost more than they do. Not
   * in a single one: Redis works on the first of them while the others are still being made.
   */
  private gatherWrites(): void {
    const { commands } = this.clients;
    if (!(commands instanceof Redis) || commands.status !== 'ready') return;
    const { stream } = commands;
    if (this.gathering === undefined) this.gather(stream);
  }

  private sendEnough(): void {
    const stream = this.gathering;
    if (stream === undefined || stream.writableLength < ENOUGH_GATHERED) return;
    stream.uncork();
    stream.cork();
  }

  private gather(stream: Redis['stream']): void {
    this.gathering = stream;
    stream.cork();
    process.nextTick(() => {
      this.gathering = undefined;
      stream.uncork();
    });
  }

  private tell(isConnected: boolean): void {
    for (const watcher of this.watchers) {
      try {
        watcher(isConnected);
      } catch (error) {
        this.logger.error('A watcher of the connection to Redis failed', { err: error });
      }
    }
  }

  private async beat(): Promise<void> {
    try {
      await this.clients.commands.ping();
      this.note(true);
    } catch (error) {
      this.lastError = error;
      this.note(false);
    }
    this.probeSubscriber();
    if (!this.isStopped) this.heartbeat = this.clock.after(HEARTBEAT_MS, () => void this.beat());
  }

  /** Its answer does not matter, only that one comes: the client gives up a connection that stays silent. */
  private probeSubscriber(): void {
    this.sharded?.probe();
    const { subscriber } = this.clients;
    if (subscriber.status === 'ready' && this.subscriptions.size > 0)
      subscriber.ping().catch(() => undefined);
  }

  private note(isAnswering: boolean): void {
    this.isAnswering = isAnswering;
    if (this.isStopped || isAnswering !== this.hasSaidLost) return;
    this.hasSaidLost = !isAnswering;
    if (isAnswering) this.logger.info('Redis answers again');
    else this.logger.warn('Redis does not answer; serving without it until it does', { err: this.lastError });
  }

  private async close(client: RedisClient): Promise<void> {
    const waited = new AbortController();
    const ended = client.status === 'ready' ? client.quit().catch(() => undefined) : Promise.resolve();
    await Promise.race([ended, this.clock.sleep(STOP_WAIT_MS, waited.signal)]);
    waited.abort();
    client.disconnect();
  }
}
