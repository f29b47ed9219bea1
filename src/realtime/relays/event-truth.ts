import type { ChannelPosition } from '../subscriptions/channel-cursor.js';

/** An event of a channel as it is sent. */
export interface NumberedFrame {
  readonly position: ChannelPosition;
  readonly frame: Buffer;
}

/** What came after a position: all of it in order, or a gap. `end` is the position behind it. */
export type Found =
  | { readonly isWhole: true; readonly events: readonly NumberedFrame[]; readonly end: ChannelPosition }
  | { readonly isWhole: false; readonly end: ChannelPosition };

/** Where all events of one channel are, whichever instance they happened on. */
export interface EventTruth {
  end(): Promise<ChannelPosition>;
  since(position: ChannelPosition): Promise<Found>;
}
