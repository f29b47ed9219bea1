import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Logger } from '../logging/index.js';
import { translate } from './errors.js';
import type { RedisClient, RedisClients } from './redis-clients.js';
import { type RedisCommands, RedisLink, type RedisState } from './redis-link.js';

/** How long a start waits for Redis before the process serves without it. */
const START_WAIT_MS = 1_000;
const STOP_WAIT_MS = 500;
/** A frozen Redis keeps its connection: only a question that stays unanswered shows it. */
const HEARTBEAT_MS = 1_000;
/** Bytes of commands that are worth a write. */
const ENOUGH_GATHERED = 1_500;

/** Who is told when a channel is subscribed, and when it no longer is. */
interface SubscriptionWatcher {
  readonly channel: string;
  readonly onConnection: (isConnected: boolean) => void;
}

/**
 * The link to a configured Redis: a command connection that fails fast and a subscriber connection that
 * waits. Both reconnect for ever, with bounded delays. The loss and the return are logged once each.
 */
export class ConnectedRedis extends RedisLink implements OnModuleInit, OnApplicationShutdown {
  generation = 0;
  private readonly listeners = new Map<string, ((message: string) => void)[]>();
  private readonly watchers: ((isConnected: boolean) => void)[] = [];
  private readonly subscriptionWatchers: SubscriptionWatcher[] = [];
  /** Channels that Redis has confirmed on the present connection. */
  private confirmed: ReadonlySet<string> = new Set();
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
      this.tell(this.watchers, true);
    });
    clients.commands.on('close', () => {
      this.note(false);
      this.tell(this.watchers, false);
    });
    clients.subscriber.on('ready', () => void this.subscribeAll());
    clients.subscriber.on('close', () => {
      this.confirmed = new Set();
      this.tell(this.watchersOf(this.listeners), false);
    });
    clients.subscriber.on('message', (channel: string, message: string) => this.deliver(channel, message));
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
  ): void {
    if (onConnection !== undefined) this.subscriptionWatchers.push({ channel, onConnection });
    const listeners = this.listeners.get(channel);
    if (listeners !== undefined) {
      listeners.push(listener);
      if (this.confirmed.has(channel)) onConnection?.(true);
      return;
    }
    this.listeners.set(channel, [listener]);
    // Before that, all channels are subscribed together when the connection is there.
    if (this.clients.subscriber.status === 'ready') void this.subscribeAll();
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
    this.heartbeat?.cancel();
    await Promise.all([this.close(this.clients.commands), this.close(this.clients.subscriber)]);
  }

  private deliver(channel: string, message: string): void {
    for (const listener of this.listeners.get(channel) ?? []) {
      try {
        listener(message);
      } catch (error) {
        this.logger.error('A listener of a Redis channel failed', { channel, err: error });
      }
    }
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

  /** Subscribes every channel on the present connection; whoever watches hears when Redis has confirmed it. */
  private async subscribeAll(): Promise<void> {
    const { subscriber } = this.clients;
    if (this.listeners.size === 0) return;
    const stream = subscriber.stream;
    const channels = new Set(this.listeners.keys());
    try {
      await subscriber.subscribe(...channels);
      // Another connection by now: its own subscription is under way.
      if (subscriber.status !== 'ready' || subscriber.stream !== stream) return;
      this.confirmed = channels;
      this.tell(this.watchersOf(channels), true);
    } catch (error) {
      if (this.isStopped || subscriber.status !== 'ready') return;
      this.logger.error('Redis channels could not be subscribed', { err: error });
      // The next connection tries again.
      subscriber.disconnect(true);
    }
  }

  private watchersOf(channels: { has(channel: string): boolean }): SubscriptionWatcher['onConnection'][] {
    const watching = this.subscriptionWatchers.filter(({ channel }) => channels.has(channel));
    return watching.map(({ onConnection }) => onConnection);
  }

  private tell(watchers: readonly ((isConnected: boolean) => void)[], isConnected: boolean): void {
    for (const watcher of watchers) {
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
    const { subscriber } = this.clients;
    if (subscriber.status === 'ready' && this.listeners.size > 0) subscriber.ping().catch(() => undefined);
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
