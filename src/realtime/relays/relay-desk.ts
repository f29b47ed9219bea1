import { Injectable } from '@nestjs/common';
import { type Channel, PresenceHub } from '../../presence/index.js';
import { Histories } from '../subscriptions/histories.js';
import { type ChannelKind, NumberedChannels } from './numbered-channels.js';
import { RelayFigures } from './relay-figures.js';

/** Where relays of numbered events come in: their channels are followed here, and clients can catch up on them. */
@Injectable()
export class RelayDesk {
  constructor(
    private readonly hub: PresenceHub,
    private readonly histories: Histories,
    private readonly figures: RelayFigures,
  ) {}

  open<Kind extends Channel['kind']>(kind: ChannelKind<Kind>): NumberedChannels<Kind> {
    const channels = new NumberedChannels(kind, this.hub, this.figures);
    this.histories.register(kind.kind, channels);
    return channels;
  }
}
