import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ALERTS_NOTIFIED, type AlertsNotified } from '../../alerting/index.js';
import { DomainEvents } from '../../platform/events/index.js';
import type { Channel } from '../../presence/index.js';
import { RelayOutlets } from './relay-outlets.js';

/** Shows a tenant the messages to its receivers of kind `gateway`. They come on every instance by themselves. */
@Injectable()
export class AlertRelay implements OnModuleInit {
  constructor(
    private readonly events: DomainEvents,
    private readonly outlets: RelayOutlets,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(ALERTS_NOTIFIED, (notified) => this.tell(notified));
  }

  private tell({ tenantId, receiverId, key, alerts }: AlertsNotified): void {
    const channel: Channel = { kind: 'alerts', tenantId };
    this.outlets.tell(channel, JSON.stringify({ type: 'alert', receiverId, key, alerts }));
  }
}
