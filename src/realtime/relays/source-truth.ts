import { type Channel, channelKey, type ReplayLog } from '../../presence/index.js';
import type { ChannelPosition } from '../subscriptions/channel-cursor.js';
import type { EventTruth, Found } from './event-truth.js';
import { pointsFrame } from './point-frames.js';

type SourceChannel = Extract<Channel, { readonly kind: 'source' }>;

/** The latest batches of points of one source, as the log has them. */
export class SourceTruth implements EventTruth {
  constructor(
    private readonly log: ReplayLog,
    private readonly channel: SourceChannel,
  ) {}

  end(): Promise<ChannelPosition> {
    return this.log.end(channelKey(this.channel));
  }

  async since({ seq, epoch = '' }: ChannelPosition): Promise<Found> {
    const replayed = await this.log.since(channelKey(this.channel), { seq, epoch });
    if (!replayed.isWhole) return replayed;
    const { events, end } = replayed;
    const { source } = this.channel;
    return { isWhole: true, events: events.map((event) => pointsFrame(source, event, end.epoch)), end };
  }
}
