import type { Clock, Timer } from '../../kernel/clock.js';
import type { Logger } from '../../platform/logging/index.js';
import type { RedisLink } from '../../platform/redis/index.js';
import type { CacheCounters } from '../monitoring/counters.js';
import { partsOf } from './change-parts.js';
import type { ClockFollower } from './clock-follower.js';
import { FreshRun } from './fresh-run.js';
import { type Appended, type InvalidationLog, parseMessage } from './invalidation-log.js';
import type { Outbox } from './outbox.js';
import type { Change, Replica } from './replica.js';

/**
 * alone: no Redis is configured. live: every invalidation arrives by itself. polling: messages may be missing, but
 * the log can be read. cut-off: Redis does not answer, and others may invalidate without being heard.
 */
export type BusState = 'alone' | 'live' | 'polling' | 'cut-off';

/** Who takes part beats this often; a channel that is silent for longer than SILENT_MS is not believed. */
const BEAT_MS = 1_000;
const SILENT_MS = 2_000;
/** How often a lost Redis is asked again, and how often silence is looked for. */
const CHECK_MS = 250;

/** What became of an invalidation. */
export interface Reached {
  /** Null when it waits in the journal, or there is no Redis. */
  readonly sequence: number | null;
  readonly isEverywhere: boolean;
}

/** What the bus is made of. */
export interface BusParts {
  readonly redis: RedisLink;
  readonly log: InvalidationLog;
  readonly follower: ClockFollower;
  readonly channel: string;
  readonly replica: Replica;
  readonly counters: CacheCounters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outbox: Outbox;
}

/**
 * Carries invalidations between instances. A message in order is applied at once. A gap, a lost subscription or a
 * silent channel leads from `live` to `polling`, in which each read first catches up by the log; when Redis does
 * not answer, to `cut-off`, until a beat has joined the clock again. Invalidations Redis did not take wait in the
 * journal, and nothing is read from Redis before they were replayed.
 */
export class InvalidationBus {
  state: BusState;
  /** Memory may be answered from without a look at anything else: the state is live or alone. */
  isTrusted: boolean;
  /** Monotonic ms as of which everything invalidated elsewhere was known here. */
  lastCurrentAtMs = -Infinity;
  /** Entries of this tick or a later one were loaded since the bus was last cut off. */
  cutOffTick = 0;

  private isSubscribed = false;
  /** All messages since the last look at the log have arrived, in order. */
  private isSynced = false;
  /** Messages so far that could not be applied in order, and subscriptions lost and found. */
  private doubts = 0;
  private lastHeardAtMs = -Infinity;
  /** When a message came that proves that none before it is missing. */
  private lastOrderedAtMs = -Infinity;
  /** Connection on which this instance takes part in the clock; 0: on none. */
  private joined = 0;
  private beating: Promise<void> | undefined;
  private readonly polls = new FreshRun(() => this.poll());
  private timer: Timer | undefined;
  private nextBeatAtMs = 0;
  private isStopped = false;

  constructor(private readonly parts: BusParts) {
    this.state = parts.redis.state === 'absent' ? 'alone' : 'cut-off';
    this.isTrusted = this.state === 'alone';
  }

  /** Knows the time of Redis, and what Redis knows. */
  get follower(): ClockFollower {
    return this.parts.follower;
  }

  /** Values in Redis may be read and written. */
  get isShared(): boolean {
    return this.state === 'live' || this.state === 'polling';
  }

  /** Invalidations that wait for Redis. */
  get journalled(): number {
    return this.parts.outbox.size;
  }

  /** Joins the others. Takes a few command timeouts at most; without Redis it begins cut off. */
  async start(): Promise<void> {
    if (this.state === 'alone') return;
    const { redis, channel } = this.parts;
    redis.watch((isConnected) => this.noteConnection(isConnected));
    redis.subscribe(
      channel,
      (message) => this.hear(message),
      (isConnected) => this.noteSubscription(isConnected),
    );
    await this.beat(true);
    this.keepBeating();
  }

  /** Leaves, so that nobody counts on this instance. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    if (this.isShared) await this.parts.log.leave().catch(() => undefined);
  }

  /** Whether this instance knows every invalidation acknowledged before the call; false without Redis. */
  async catchUp(): Promise<boolean> {
    if (this.isTrusted || this.state === 'cut-off') return this.isTrusted;
    return this.polls.run();
  }

  /** Invalidates everywhere. Takes a command timeout for each hundred keys at most, and none when cut off. */
  async publish(change: Change): Promise<Reached> {
    this.parts.replica.applyLocally(change);
    if (this.state === 'alone') return { sequence: null, isEverywhere: true };
    let sequence: number | null = null;
    let isEverywhere = true;
    for (const part of partsOf(change)) {
      const appended = await this.append(part);
      sequence = appended?.sequence ?? null;
      isEverywhere &&= appended !== undefined && appended.receivers >= appended.members;
    }
    return { sequence, isEverywhere: isEverywhere && !this.parts.follower.isReuniting() };
  }

  /** Redis failed elsewhere: look at once whether it still answers. */
  suspect(): void {
    if (this.isShared) void this.beat(false);
  }

  private async append(change: Change): Promise<Appended | undefined> {
    if (this.isShared) {
      try {
        const appended = (await this.parts.outbox.send(change)) ?? (await this.sendAfterJoining(change));
        if (appended !== undefined) return appended;
      } catch (error) {
        this.lose(error);
      }
    }
    this.parts.outbox.keep(change);
    this.update();
    return undefined;
  }

  private async sendAfterJoining(change: Change): Promise<Appended | undefined> {
    await this.beat(true);
    return this.isShared ? this.parts.outbox.send(change) : undefined;
  }

  private noteConnection(isConnected: boolean): void {
    if (!isConnected) this.joined = 0;
    this.update();
    if (isConnected) void this.beat(true);
  }

  private noteSubscription(isSubscribed: boolean): void {
    this.isSubscribed = isSubscribed;
    this.isSynced = false;
    this.doubts += 1;
    if (isSubscribed) this.lastHeardAtMs = this.parts.clock.monotonic();
    this.update();
    if (isSubscribed) void this.catchUp();
  }

  private hear(message: string): void {
    const { replica, clock, counters } = this.parts;
    this.lastHeardAtMs = clock.monotonic();
    const { epoch, sequence, change } = parseMessage(message);
    const outcome = epoch === replica.epoch ? replica.apply(sequence, change) : 'other epoch';
    if (outcome === 'applied') counters.invalidationsReceived += 1;
    if (outcome === 'applied' || outcome === 'known') this.lastOrderedAtMs = this.lastHeardAtMs;
    else {
      // Its sender counts on whoever listens, and one that is cut off cannot look at what is missing before it.
      if (change !== undefined) replica.applyLocally(change);
      this.doubt(outcome);
    }
    if (!this.isTrusted) this.update();
  }

  /** Messages are missing: nothing in memory is believed until the log was read. */
  private doubt(reason: 'gap' | 'other epoch'): void {
    this.doubts += 1;
    this.isSynced = false;
    if (this.joined === 0) return;
    this.parts.counters.gaps += 1;
    this.update();
    if (reason === 'other epoch') void this.beat(false);
    else void this.catchUp();
  }

  private keepBeating(): void {
    if (this.isStopped) return;
    this.timer = this.parts.clock.after(CHECK_MS, () => {
      this.update();
      const isDue = this.state === 'cut-off' || this.parts.clock.monotonic() >= this.nextBeatAtMs;
      if (isDue) void this.beat(false);
      else if (this.isSubscribed && !this.isSynced) void this.catchUp();
      this.keepBeating();
    });
  }

  /** One at a time; who comes while one is under way waits for that one. */
  private beat(isLoud: boolean): Promise<void> {
    this.beating ??= this.tryBeat(isLoud).finally(() => {
      this.beating = undefined;
      this.update();
      // A subscription that was confirmed in the middle of the beat.
      if (this.isSubscribed && !this.isSynced) void this.catchUp();
    });
    return this.beating;
  }

  private async tryBeat(isLoud: boolean): Promise<void> {
    const { redis, follower, outbox, clock } = this.parts;
    const { generation } = redis;
    this.nextBeatAtMs = clock.monotonic() + BEAT_MS;
    if (generation === 0) return;
    try {
      if (await follower.join(isLoud)) this.isSynced = false;
      // Nothing shared is read before everybody was told what waits.
      if (outbox.size > 0) this.joined = 0;
      // False: the clock has begun another epoch in between; the next beat takes it over.
      if (!(await outbox.replay())) return;
      if (!this.isSynced && !(await this.readLog())) return;
      // What was learnt on a connection that is gone says nothing about the next one.
      if (redis.generation === generation) this.joined = generation;
    } catch (error) {
      this.lose(error);
    }
  }

  /** Brings the replica up to date by the log. False when Redis did not answer. */
  private async poll(): Promise<boolean> {
    try {
      if (await this.readLog()) return true;
      this.joined = 0;
      // Nor may a beat that is under way since before believe what it finds.
      this.isSynced = false;
      this.doubts += 1;
      await this.beat(false);
      return this.isShared;
    } catch (error) {
      this.lose(error);
      return false;
    } finally {
      this.update();
    }
  }

  private async readLog(): Promise<boolean> {
    // Only a listener that was there before the log was read misses nothing after it.
    const isListening = this.isSubscribed;
    const { doubts } = this;
    const askedAt = this.parts.clock.monotonic();
    if (!(await this.parts.follower.readLog())) return false;
    // A message that was out of order meanwhile may be newer than what was read.
    this.isSynced = isListening && this.isSubscribed && this.doubts === doubts;
    this.lastCurrentAtMs = askedAt;
    return true;
  }

  private lose(error: unknown): void {
    this.joined = 0;
    this.parts.counters.busFailures += 1;
    this.parts.logger.debug('The cache could not use Redis', { err: error });
    this.update();
  }

  private update(): void {
    if (this.state === 'alone') return;
    const before = this.state;
    this.state = this.currentState();
    this.isTrusted = this.state === 'live';
    if (before === 'live') this.lastCurrentAtMs = Math.max(this.lastCurrentAtMs, this.lastOrderedAtMs);
    if (before !== 'cut-off' && this.state === 'cut-off') {
      // Entries loaded from now on are told from older ones by their tick.
      this.parts.replica.applyLocally({ cells: [], keys: [] });
      this.cutOffTick = this.parts.replica.tick;
    }
  }

  private currentState(): BusState {
    const isJoined = this.joined !== 0 && this.joined === this.parts.redis.generation;
    if (!isJoined || this.parts.outbox.size > 0) return 'cut-off';
    const isHeard = this.parts.clock.monotonic() - this.lastHeardAtMs <= SILENT_MS;
    return this.isSubscribed && this.isSynced && isHeard ? 'live' : 'polling';
  }
}
