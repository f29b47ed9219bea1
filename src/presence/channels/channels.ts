import type { Lane } from '../connections/outlet.js';
import { type Channel, channelKey } from './channel.js';

/** A frame for the subscribers of a channel. */
export interface Published {
  /** A message of the protocol as UTF-8; shared by all who get it, never changed. */
  readonly frame: Buffer;
  readonly lane: Lane;
  /** Number of the event, where the channel numbers its events: so that whoever catches up knows what it has. */
  readonly seq?: number;
  /** Of the numbers, where they can begin anew. */
  readonly epoch?: string;
}

/** Takes what is published for one subscriber; nothing here throws. */
export type Sink = (published: Published, key: string) => void;

/** Hears when the first subscriber on this instance comes, and when the last one goes. */
export interface ChannelWatcher {
  opened(channel: Channel): void;
  closed(channel: Channel): void;
}

interface OpenChannel {
  readonly channel: Channel;
  readonly sinks: Map<string, Sink>;
}

/** Who has subscribed to what, on this instance. */
export class Channels {
  private readonly open = new Map<string, OpenChannel>();
  private readonly watchers: { readonly kind: Channel['kind']; readonly watcher: ChannelWatcher }[] = [];

  get size(): number {
    return this.open.size;
  }

  watch(kind: Channel['kind'], watcher: ChannelWatcher): void {
    this.watchers.push({ kind, watcher });
    for (const { channel } of this.open.values()) if (channel.kind === kind) watcher.opened(channel);
  }

  /** Subscribing again replaces the sink. */
  subscribe(channel: Channel, connectionId: string, sink: Sink): void {
    const key = channelKey(channel);
    const there = this.open.get(key);
    if (there !== undefined) {
      there.sinks.set(connectionId, sink);
      return;
    }
    this.open.set(key, { channel, sinks: new Map([[connectionId, sink]]) });
    for (const { watcher } of this.watchersOf(channel)) watcher.opened(channel);
  }

  unsubscribe(channel: Channel, connectionId: string): void {
    const key = channelKey(channel);
    const there = this.open.get(key);
    if (there?.sinks.delete(connectionId) !== true || there.sinks.size > 0) return;
    this.open.delete(key);
    for (const { watcher } of this.watchersOf(channel)) watcher.closed(channel);
  }

  subscribersOf(channel: Channel): number {
    return this.open.get(channelKey(channel))?.sinks.size ?? 0;
  }

  /** @returns how many it was given to */
  publish(channel: Channel, published: Published): number {
    const key = channelKey(channel);
    const there = this.open.get(key);
    if (there === undefined) return 0;
    // Ending a connection while this goes on takes it out of the map, which iteration bears.
    for (const sink of there.sinks.values()) sink(published, key);
    return there.sinks.size;
  }

  private watchersOf({ kind }: Channel): readonly { readonly watcher: ChannelWatcher }[] {
    return this.watchers.filter((entry) => entry.kind === kind);
  }
}
