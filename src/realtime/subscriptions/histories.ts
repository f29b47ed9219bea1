import { Injectable } from '@nestjs/common';
import type { Channel, ServerMessageOf } from '../../presence/index.js';
import type { ChannelPosition } from './channel-cursor.js';

/** What a client missed: all of it as frames in order, or the news that something is not kept any more. */
export type Missed =
  | { readonly isWhole: true; readonly frames: readonly Buffer[]; readonly end: ChannelPosition }
  | { readonly isWhole: false; readonly end: ChannelPosition };

/** What a layout is apart from its regions. */
export type LayoutAbout = NonNullable<ServerMessageOf<'subscribed'>['about']>;

/**
 * Keeps the events of channels of a kind. Both are asked when the client is subscribed already: whatever comes after
 * the `end` that is answered must be published on the channel; what is published twice is told once.
 */
export interface ChannelHistory {
  end(channel: Channel): Promise<ChannelPosition>;
  since(channel: Channel, position: ChannelPosition): Promise<Missed>;
  /** What the channel is about; undefined where there is nothing to say. */
  about(channel: Channel): Promise<LayoutAbout | undefined>;
}

/** The histories of those kinds of channels whose events are numbered. */
@Injectable()
export class Histories {
  private readonly kept = new Map<Channel['kind'], ChannelHistory>();

  register(kind: Channel['kind'], history: ChannelHistory): void {
    this.kept.set(kind, history);
  }

  of(kind: Channel['kind']): ChannelHistory | undefined {
    return this.kept.get(kind);
  }
}
