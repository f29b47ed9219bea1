import type { Redis } from 'ioredis';
import type { Logger } from '../logging/index.js';

/** Somebody who hears a channel. */
interface Listener {
  readonly onMessage: (message: string) => void;
  readonly onConnection: ((isConnected: boolean) => void) | undefined;
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
  ) {
    subscriber.on('ready', () => void this.ask([...this.channels.keys()]));
    subscriber.on('close', () => this.lose());
    subscriber.on('message', (channel: string, message: string) => this.deliver(channel, message));
  }

  get size(): number {
    return this.channels.size;
  }

  /** @returns ends it */
  add(
    channel: string,
    onMessage: Listener['onMessage'],
    onConnection?: Listener['onConnection'],
  ): () => void {
    const listener: Listener = { onMessage, onConnection };
    const there = this.channels.get(channel);
    if (there === undefined) {
      this.channels.set(channel, { listeners: new Set([listener]), isConfirmed: false });
      // Without a connection all channels are subscribed together when it is there.
      void this.ask([channel]);
    } else {
      there.listeners.add(listener);
      if (there.isConfirmed) onConnection?.(true);
    }
    return () => this.remove(channel, listener);
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
      this.subscriber.unsubscribe(channel).catch(() => undefined);
    }
  }

  /** Whoever listens hears when Redis has confirmed it. */
  private async ask(channels: readonly string[]): Promise<void> {
    const { subscriber } = this;
    if (channels.length === 0 || !this.isReady()) return;
    const stream = subscriber.stream;
    const asked = channels.map((channel) => this.channels.get(channel));
    try {
      await subscriber.subscribe(...channels);
    } catch (error) {
      if (this.isStopped || !this.isReady()) return;
      this.logger.error('Redis channels could not be subscribed', { err: error });
      // The next connection tries again.
      subscriber.disconnect(true);
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

  private lose(): void {
    const all = [...this.channels.values()];
    for (const subscription of all) subscription.isConfirmed = false;
    this.tell(all, false);
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
