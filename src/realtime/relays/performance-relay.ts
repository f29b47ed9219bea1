import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Ids } from '../../kernel/ids.js';
import { PerformanceService, type Sample } from '../../performance/index.js';
import { type Channel, channelKey, PresenceHub } from '../../presence/index.js';

/** Shows operators how this instance is doing, once a second. */
@Injectable()
export class PerformanceRelay implements OnModuleInit, OnApplicationShutdown {
  private readonly watching = new Map<string, () => void>();

  constructor(
    private readonly performance: PerformanceService,
    private readonly hub: PresenceHub,
    private readonly ids: Ids,
  ) {}

  onModuleInit(): void {
    this.hub.watch('performance', {
      opened: (channel) => {
        const stop = this.performance.watch((sample) => this.tell(channel, sample));
        this.watching.set(channelKey(channel), stop);
      },
      closed: (channel) => {
        this.watching.get(channelKey(channel))?.();
        this.watching.delete(channelKey(channel));
      },
    });
  }

  onApplicationShutdown(): void {
    for (const stop of this.watching.values()) stop();
  }

  /** Of samples that a slow client has not read only the newest counts. */
  private tell(channel: Channel, { at, values }: Sample): void {
    const sample = { instanceId: this.ids.instanceId, values };
    const text = JSON.stringify({ type: 'performance', at, sample });
    this.hub.publish(channel, { frame: Buffer.from(text), lane: 'latest' });
  }
}
