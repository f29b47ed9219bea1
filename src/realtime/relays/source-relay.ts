import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EVENTS_STORED } from '../../collectors/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import { type Channel, channelKey, ReplayLog } from '../../presence/index.js';
import type { ChannelKind, NumberedChannels } from './numbered-channels.js';
import type { NumberedStream } from './numbered-stream.js';
import { pointsFrame } from './point-frames.js';
import { RelayDesk } from './relay-desk.js';
import { SourceTruth } from './source-truth.js';
import { StoredPoints } from './stored-points.js';

type SourceChannel = Extract<Channel, { readonly kind: 'source' }>;

/** Tells whoever follows a scraper source its points as they are stored, on whichever instance that is. */
@Injectable()
export class SourceRelay implements OnModuleInit, OnApplicationShutdown, ChannelKind<'source'> {
  readonly kind = 'source';
  readonly lane = 'latest';
  private readonly channels: NumberedChannels<'source'>;

  constructor(
    desk: RelayDesk,
    private readonly log: ReplayLog,
    private readonly points: StoredPoints,
    private readonly events: DomainEvents,
  ) {
    this.channels = desk.open(this);
  }

  onModuleInit(): void {
    this.events.subscribe(EVENTS_STORED, (stored) => this.points.add(stored));
  }

  onApplicationShutdown(): void {
    this.channels.close();
  }

  truth(channel: SourceChannel): SourceTruth {
    return new SourceTruth(this.log, channel);
  }

  target({ source }: SourceChannel): { readonly source: string } {
    return { source };
  }

  begin(channel: SourceChannel, stream: NumberedStream): () => void {
    return this.log.listen(
      channelKey(channel),
      (event, epoch) => stream.offer(pointsFrame(channel.source, event, epoch)),
      () => void stream.check(),
    );
  }
}
