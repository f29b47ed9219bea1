import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { PerformanceService, type Sample } from '../../performance/index.js';
import { type Channel, channelKey } from '../../presence/index.js';
import { RelayOutlets } from './relay-outlets.js';

const SAMPLES = '0:performance-samples';
/** Somebody on another instance would like to see samples. */
const WANTED = '0:performance-wanted';
const ASK_EVERY_MS = 5_000;
/** Asked for so long ago, nobody wants them any more. */
const WANTED_FOR_MS = 3 * ASK_EVERY_MS;

/** Shows operators how all instances are doing, each once a second, while somebody looks. */
@Injectable()
export class PerformanceRelay implements OnModuleInit, OnApplicationShutdown {
  /** Channels with subscribers on this instance. */
  private readonly here = new Map<string, Channel>();
  private stopWatching: (() => void) | undefined;
  private stopListening: (() => void) | undefined;
  private stopHearing: () => void = () => undefined;
  private wantedUntilMs = -Infinity;
  private askedAtMs = -Infinity;

  constructor(
    private readonly performance: PerformanceService,
    private readonly outlets: RelayOutlets,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  onModuleInit(): void {
    const wanted = (): void => {
      this.wantedUntilMs = this.clock.monotonic() + WANTED_FOR_MS;
      this.watch();
    };
    this.stopHearing = this.outlets.bus.listen(WANTED, wanted, () => undefined);
    this.outlets.hub.watch('performance', {
      opened: (channel) => this.open(channel),
      closed: (channel) => this.close(channel),
    });
  }

  onApplicationShutdown(): void {
    this.stopHearing();
    this.stopListening?.();
    this.stopWatching?.();
  }

  private open(channel: Channel): void {
    this.here.set(channelKey(channel), channel);
    this.stopListening ??= this.outlets.bus.listen(
      SAMPLES,
      (text) => this.show(text),
      () => this.ask(),
    );
    this.ask();
    this.watch();
  }

  private close(channel: Channel): void {
    this.here.delete(channelKey(channel));
    if (this.here.size > 0) return;
    this.stopListening?.();
    this.stopListening = undefined;
  }

  private ask(): void {
    this.askedAtMs = this.clock.monotonic();
    this.outlets.bus.publish(WANTED, '');
  }

  private watch(): void {
    if (this.stopWatching !== undefined) return;
    let isOver = false;
    const stop = this.performance.watch((sample) => {
      if (!isOver) this.take(sample);
    });
    this.stopWatching = () => {
      isOver = true;
      stop();
      this.stopWatching = undefined;
    };
  }

  private take({ at, values }: Sample): void {
    const now = this.clock.monotonic();
    const isWanted = now < this.wantedUntilMs;
    if (this.here.size === 0 && !isWanted) return this.stopWatching?.();
    const sample = { instanceId: this.ids.instanceId, values };
    const text = JSON.stringify({ type: 'performance', at, sample });
    if (isWanted) this.outlets.bus.publish(SAMPLES, text);
    if (this.here.size > 0 && now - this.askedAtMs >= ASK_EVERY_MS) this.ask();
    this.show(text);
  }

  /** Of samples that a slow client has not read only the newest counts. */
  private show(text: string): void {
    const frame = Buffer.from(text);
    for (const channel of this.here.values()) this.outlets.hub.publish(channel, { frame, lane: 'latest' });
  }
}
