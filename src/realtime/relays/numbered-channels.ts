import {
  type Channel,
  channelKey,
  type PresenceHub,
  type ServerMessage,
  type Target,
} from '../../presence/index.js';
import type { ChannelPosition } from '../subscriptions/channel-cursor.js';
import type { ChannelHistory, LayoutAbout, Missed } from '../subscriptions/histories.js';
import type { EventTruth, NumberedFrame } from './event-truth.js';
import { NumberedStream } from './numbered-stream.js';
import type { RelayFigures } from './relay-figures.js';

/** A channel that somebody on this instance follows. */
export interface OpenChannel {
  readonly channel: Channel;
  readonly stream: NumberedStream;
  /** Ends what `begin` began. */
  readonly end: () => void;
}

/** What differs between kinds of channels. */
export interface ChannelKind<Kind extends Channel['kind']> {
  readonly kind: Kind;
  readonly lane: 'reliable' | 'latest';
  truth(channel: Extract<Channel, { readonly kind: Kind }>): EventTruth;
  target(channel: Extract<Channel, { readonly kind: Kind }>): Target;
  /** Brings what happens on other instances to `stream`, until the answer is called. */
  begin(channel: Extract<Channel, { readonly kind: Kind }>, stream: NumberedStream): () => void;
  about?(channel: Extract<Channel, { readonly kind: Kind }>): Promise<LayoutAbout | undefined>;
}

/** The channels of a kind whose events are numbered, as long as somebody on this instance follows them. */
export class NumberedChannels<Kind extends Channel['kind']> implements ChannelHistory {
  private readonly open = new Map<string, OpenChannel>();

  constructor(
    private readonly of: ChannelKind<Kind>,
    private readonly hub: PresenceHub,
    private readonly figures: RelayFigures,
  ) {
    hub.watch(of.kind, {
      opened: (channel) => this.begin(channel as Extract<Channel, { readonly kind: Kind }>),
      closed: (channel) => this.finish(channel),
    });
  }

  /** Those that are followed. */
  all(): readonly OpenChannel[] {
    return [...this.open.values()];
  }

  find(channel: Channel): OpenChannel | undefined {
    return this.open.get(channelKey(channel));
  }

  async end(channel: Channel): Promise<ChannelPosition> {
    const found = await this.streamOf(channel).since(undefined);
    return found.end;
  }

  async since(channel: Channel, position: ChannelPosition): Promise<Missed> {
    const found = await this.streamOf(channel).since(position);
    return found.isWhole
      ? { isWhole: true, frames: found.events.map(({ frame }) => frame), end: found.end }
      : found;
  }

  async about(channel: Channel): Promise<LayoutAbout | undefined> {
    return this.of.about?.(channel as Extract<Channel, { readonly kind: Kind }>);
  }

  close(): void {
    for (const { channel } of this.all()) this.finish(channel);
  }

  private begin(channel: Extract<Channel, { readonly kind: Kind }>): void {
    const stream = this.newStream(channel);
    this.open.set(channelKey(channel), { channel, stream, end: this.of.begin(channel, stream) });
    // Whoever has subscribed asks for it too, and hears of a failure.
    void stream.check();
  }

  private finish(channel: Channel): void {
    const key = channelKey(channel);
    this.open.get(key)?.end();
    this.open.delete(key);
  }

  /** One that is not kept when nobody follows the channel any more: the question came too late. */
  private streamOf(channel: Channel): NumberedStream {
    return this.find(channel)?.stream ?? this.newStream(channel as Extract<Channel, { readonly kind: Kind }>);
  }

  private newStream(channel: Extract<Channel, { readonly kind: Kind }>): NumberedStream {
    return new NumberedStream(this.of.truth(channel), {
      event: (event) => this.tell(channel, event),
      gap: (end) => {
        this.figures.noteGap(channel);
        const message: ServerMessage = { type: 'gap', target: this.of.target(channel), ...end };
        const frame = Buffer.from(JSON.stringify(message));
        this.hub.publish(channel, { frame, lane: 'reliable', ...numberOf(end) });
      },
      failed: (error) => this.figures.noteFailure(channel, error),
    });
  }

  private tell(channel: Channel, { frame, position }: NumberedFrame): void {
    this.figures.noteEvent(channel);
    this.hub.publish(channel, { frame, lane: this.of.lane, ...numberOf(position) });
  }
}

function numberOf({ seq, epoch }: ChannelPosition): { readonly seq: number; readonly epoch?: string } {
  return { seq, ...(epoch !== undefined && { epoch }) };
}
