import { Injectable } from '@nestjs/common';
import { type Channel, PresenceBus, PresenceHub } from '../../presence/index.js';
import { RelayFigures } from './relay-figures.js';

/** Ways out for events without numbers: to the subscribers here, and to the other instances. */
@Injectable()
export class RelayOutlets {
  constructor(
    readonly hub: PresenceHub,
    readonly bus: PresenceBus,
    private readonly figures: RelayFigures,
  ) {}

  /** To the subscribers on this instance. */
  tell(channel: Channel, text: string): void {
    if (this.hub.subscribersOf(channel) === 0) return;
    this.figures.noteEvent(channel);
    this.hub.publish(channel, { frame: Buffer.from(text), lane: 'reliable' });
  }
}
