import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock, type Timer } from '../../kernel/clock.js';
import { type Channel, channelKey, PresenceBus, PresenceHub } from '../../presence/index.js';

const BUS_KEY = '0:wanted-sources';
/** Those who lost their connection come back, and want what they missed. */
const LINGER_MS = 5 * 60_000;
const REPEAT_EVERY_MS = 10_000;
/** As long as others may need to say what they want. */
const LEARN_WITHIN_MS = 3_000;
const KEYS_OF_MESSAGE = 500;
const MOST_REMEMBERED = 50_000;

/**
 * Which sources somebody on any instance follows, or did a while ago: points of all others need not be logged. When it
 * is not known, all of them count as wanted.
 */
@Injectable()
export class WantedSources implements OnModuleInit, OnApplicationShutdown {
  /** Until when, in the order of the last time that they were asked for. */
  private readonly wantedUntil = new Map<string, number>();
  private readonly here = new Set<string>();
  private isLearningUntil = 0;
  private timer: Timer | undefined;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly hub: PresenceHub,
    private readonly bus: PresenceBus,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.bus.listen(
      BUS_KEY,
      (message) => this.hear(message),
      () => this.learn(),
    );
    this.hub.watch('source', {
      opened: (channel) => {
        const key = channelKey(channel);
        this.here.add(key);
        this.remember(key);
        this.say([key]);
      },
      closed: (channel) => {
        this.here.delete(channelKey(channel));
        this.remember(channelKey(channel));
      },
    });
    this.learn();
    this.repeat();
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
    this.stopListening();
  }

  isWanted(channel: Channel): boolean {
    const key = channelKey(channel);
    if (this.here.has(key)) return true;
    const now = this.clock.monotonic();
    return now < this.isLearningUntil || (this.wantedUntil.get(key) ?? 0) > now;
  }

  /** Asks the others what they want. */
  private learn(): void {
    this.isLearningUntil = this.clock.monotonic() + LEARN_WITHIN_MS;
    this.bus.publish(BUS_KEY, '?');
    this.say([...this.here]);
  }

  private hear(message: string): void {
    if (message === '?') this.say([...this.here]);
    else for (const key of JSON.parse(message) as readonly string[]) this.remember(key);
  }

  /** As JSON: clients name sources, and no sign in a name may make it the name of another tenant's source. */
  private say(keys: readonly string[]): void {
    for (let first = 0; first < keys.length; first += KEYS_OF_MESSAGE) {
      this.bus.publish(BUS_KEY, JSON.stringify(keys.slice(first, first + KEYS_OF_MESSAGE)));
    }
  }

  private remember(key: string): void {
    this.wantedUntil.delete(key);
    this.wantedUntil.set(key, this.clock.monotonic() + LINGER_MS);
    for (const oldest of this.wantedUntil.keys()) {
      if (this.wantedUntil.size <= MOST_REMEMBERED) return;
      this.wantedUntil.delete(oldest);
    }
  }

  private repeat(): void {
    this.timer = this.clock.after(REPEAT_EVERY_MS, () => this.repeat());
    this.say([...this.here]);
    const now = this.clock.monotonic();
    for (const [key, until] of this.wantedUntil) {
      if (until > now) return;
      this.wantedUntil.delete(key);
    }
  }
}
