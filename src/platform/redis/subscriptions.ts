import type { Redis } from 'ioredis';
import type { Logger } from '../logging/index.js';

export type OnMessage = (message: string) => void;
/** true: Redis has confirmed the subscription; false: it is lost. */
export type OnConnection = (isConnected: boolean) => void;

/** Somebody who hears a channel. */
interface Listener {
  readonly onMessage: OnMessage;
  readonly onConnection: OnConnection | undefined;
}

/** Which kind of publish and subscribe it is. */
export interface SubscriptionOptions {
  /** Of the node that has the channel: one channel a command, because slots differ. */
  readonly isSharded: boolean;
  /** The server refused a channel. */
  readonly onRefused: () => void;
}

/** A channel that somebody hears; another one when it is subscribed again after nobody did. */
interface Subscription {
  readonly listeners: Set<Listener>;
  /** Redis has confirmed it on the present connection. */
  isConfirmed: boolean;
}

/** The channels of one subscriber connection: subscribed with their first listener, and anew after each loss. */
export class Subscriptions {
  private readonly channels = new Map<string, Subscription>();
  private isStopped = false;

  constructor(
    private readonly subscriber: Redis,
    private readonly logger: Logger,
    private readonly options: SubscriptionOptions = {
      isSharded: false,
      // The next connection tries again.
      onRefused: () => subscriber.disconnect(true),
    },
  ) {
    subscriber.on('ready', () => this.askAll([...this.channels.keys()]));
    subscriber.on('close', () => this.lose());
    subscriber.on(options.isSharded ? 'smessage' : 'message', (channel: string, message: string) =>
      this.deliver(channel, message),
    );
  }

  get size(): number {
    return this.channels.size;
  }

  /** @returns ends it */
  add(channel: string, onMessage: OnMessage, onConnection?: OnConnection): () => void {
    const listener: Listener = { onMessage, onConnection };
    const there = this.channels.get(channel);
    if (there === undefined) {
      this.channels.set(channel, { listeners: new Set([listener]), isConfirmed: false });
      // Without a connection all channels are subscribed together when it is there.
      this.askAll([channel]);
    } else {
      there.listeners.add(listener);
      if (there.isConfirmed) onConnection?.(true);
    }
    return () => this.remove(channel, listener);
  }

  /** Asks for channels that were refused. */
  askAgain(): void {
    if (!this.isReady()) return;
    this.askAll([...this.channels].flatMap(([channel, { isConfirmed }]) => (isConfirmed ? [] : [channel])));
  }

  /** Nothing is sure to be subscribed any more; on a connection that is there, `askAgain` follows. */
  lose(): void {
    const all = [...this.channels.values()];
    for (const subscription of all) subscription.isConfirmed = false;
    this.tell(all, false);
  }

  stop(): void {
    this.isStopped = true;
  }

  private remove(channel: string, listener: Listener): void {
    const there = this.channels.get(channel);
    if (there?.listeners.delete(listener) !== true || there.listeners.size > 0) return;
    this.channels.delete(channel);
    // On the next connection it is not asked for.
    if (this.isReady() && !this.isStopped) {
      const { subscriber, options } = this;
      const ended = options.isSharded ? subscriber.sunsubscribe(channel) : subscriber.unsubscribe(channel);
      ended.catch(() => undefined);
    }
  }

  private askAll(channels: readonly string[]): void {
    if (!this.options.isSharded) void this.ask(channels);
    else for (const channel of channels) void this.ask([channel]);
  }

  /** Whoever listens hears when Redis has confirmed it. */
  private async ask(channels: readonly string[]): Promise<void> {
    const { subscriber } = this;
    if (channels.length === 0 || !this.isReady()) return;
    const stream = subscriber.stream;
    const asked = channels.map((channel) => this.channels.get(channel));
    try {
      await (this.options.isSharded ? subscriber.ssubscribe(...channels) : subscriber.subscribe(...channels));
    } catch (error) {
      if (this.isStopped || !this.isReady()) return;
      this.logger.warn('Redis channels could not be subscribed; that is tried again', { err: error });
      this.options.onRefused();
      return;
    }
    // Another connection by now: its own subscription is under way.
    if (!this.isReady() || subscriber.stream !== stream) return;
    const confirmed = asked.filter((subscription) => subscription !== undefined);
    for (const subscription of confirmed) subscription.isConfirmed = true;
    this.tell(confirmed, true);
  }

  private isReady(): boolean {
    return this.subscriber.status === 'ready';
  }

  private deliver(channel: string, message: string): void {
    for (const { onMessage } of this.channels.get(channel)?.listeners ?? []) {
      try {
        onMessage(message);
      } catch (error) {
        this.logger.error('A listener of a Redis channel failed', { channel, err: error });
      }
    }
  }

  private tell(subscriptions: readonly Subscription[], isConnected: boolean): void {
    for (const { onConnection } of subscriptions.flatMap(({ listeners }) => [...listeners])) {
      try {
        onConnection?.(isConnected);
      } catch (error) {
        this.logger.error('A watcher of the connection to Redis failed', { err: error });
      }
    }
  }
}
