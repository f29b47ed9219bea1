import { Redis } from 'ioredis';
import type { Random } from '../support/random.js';
import type { RedisServer } from '../support/redis-server.js';
import { monotonicMs } from './monotonic.js';

/** What is being done to Redis. reunion: it is back, and instances find each other again. */
export type Phase = 'outage' | 'reunion' | 'quiet' | 'subscriptions' | 'connections';

/** Hears of phases as they begin; `returned` when Redis is about to be there again. */
export interface FaultListener {
  began(phase: Phase): void;
  returned(atMs: number): void;
  /** One process is without Redis from now on, or has it again. */
  cut(process: number, isPulled: boolean): void;
  /** One process stands still from now on, or goes on. */
  halt(process: number, isHalted: boolean): void;
}

/**
 * After a restart, receipts say `later` for CACHE_OUTAGE_STALE_MS of a run and 2.5 s, because instances that have not
 * been found again may answer old values for that long.
 */
const REUNION_MS = 5_900;
const QUIET_MS = 1_200;
const SUBSCRIPTIONS_MS = 1_500;
const CONNECTIONS_MS = 900;
const KILL_EVERY_MS = 900;
/** Connections are back by then. */
const REST_MS = 400;
/** The long ones are longer than CACHE_OUTAGE_STALE_MS of a run. */
const OUTAGES: readonly (readonly [way: 'restart' | 'freeze' | 'cut' | 'halt', ms: number])[] = [
  ['freeze', 3_400],
  ['cut', 3_600],
  ['restart', 500],
  ['restart', 3_600],
  ['freeze', 700],
  ['halt', 2_500],
  ['cut', 1_000],
  ['halt', 1_000],
];

/** Does to a Redis server what may happen to one, round by round. */
export class RedisFaults {
  private readonly admin: Redis;

  constructor(
    private readonly server: RedisServer,
    private readonly random: Random,
    private readonly listener: FaultListener,
  ) {
    this.admin = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    this.admin.on('error', () => undefined);
  }

  /** Nothing happens, but what a young clock says is still `later`. */
  async calm(): Promise<void> {
    this.listener.began('reunion');
    await pause(REUNION_MS);
    this.listener.began('quiet');
    await pause(QUIET_MS * 2);
  }

  async round(index: number): Promise<void> {
    this.listener.began('outage');
    await this.outage(index);
    this.listener.began('reunion');
    await this.killing('pubsub', REUNION_MS);
    // Whoever was cut off last is back by now.
    this.listener.began('quiet');
    await pause(QUIET_MS);
    this.listener.began('subscriptions');
    await this.killing('pubsub', SUBSCRIPTIONS_MS);
    this.listener.began('connections');
    await this.killing('normal', CONNECTIONS_MS);
  }

  close(): void {
    this.admin.disconnect();
  }

  private async outage(index: number): Promise<void> {
    const [way, ms] = OUTAGES[index % OUTAGES.length] ?? ['restart', 500];
    if (way === 'cut' || way === 'halt') {
      this.listener[way](index, true);
      await pause(ms);
      this.listener[way](index, false);
      return;
    }
    if (way === 'restart') {
      await this.server.kill();
      await pause(ms);
      this.listener.returned(monotonicMs());
      return this.server.start();
    }
    this.server.freeze();
    await pause(ms);
    this.listener.returned(monotonicMs());
    this.server.thaw();
    await pause(this.random.below(400));
    await this.admin.flushall();
  }

  /** The last of them some time before the end: the phase after it is free of what was done in this one. */
  private async killing(type: 'pubsub' | 'normal', forMs: number): Promise<void> {
    const endsAtMs = monotonicMs() + forMs;
    for (;;) {
      const leftMs = endsAtMs - monotonicMs();
      const pauseMs = KILL_EVERY_MS * (0.5 + this.random.fraction() / 2);
      if (leftMs < pauseMs + REST_MS) return pause(Math.max(0, leftMs));
      await pause(pauseMs);
      await this.admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      // Those who lose their command connection often lose the other one, too.
      if (type === 'normal' && this.random.fraction() < 0.5) {
        await this.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
