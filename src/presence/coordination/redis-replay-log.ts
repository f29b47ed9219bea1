import type { Clock, Timer } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import { INTEREST_MS, LOG_BYTES, LOG_EVENTS } from './event-ring.js';
import { LocalReplayLog } from './local-replay-log.js';
import { LogFollower, LOOK_AGAIN, type ReadLog } from './log-follower.js';
import type { PresenceKeys } from './presence-keys.js';
import { type LoggedEvent, type LogPosition, type Replayed, ReplayLog } from './replay-log.js';

const RENEW_INTEREST_MS = INTEREST_MS / 3;
const ID_LENGTH = 16;

const APPEND = new LuaScript(new URL('lua/append-event-2.lua', import.meta.url));
const READ = new LuaScript(new URL('lua/read-log-2.lua', import.meta.url));

/** What the log is made of. */
export interface RedisReplayLogParts {
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: PresenceKeys;
}

/**
 * The log in Redis: one script numbers an event, keeps it and tells it, so that the order is the same everywhere. While
 * Redis is away each instance tells its own events to its own listeners under an epoch of its own, and the shared log
 * begins anew afterwards: what was not logged is a gap for everybody, never a silent loss. A log begins when somebody asks
 * for it, and ends a minute after the last one who followed it: names that clients invent leave nothing behind.
 */
export class RedisReplayLog extends ReplayLog {
  /** Events that Redis did not take, as far as is known. */
  failures = 0;
  private readonly followers = new Map<string, LogFollower>();
  private readonly local: LocalReplayLog;
  /** Channels with events that are not in the log. */
  private readonly broken = new Set<string>();
  private timer: Timer | undefined;

  constructor(private readonly parts: RedisReplayLogParts) {
    super();
    this.local = new LocalReplayLog(parts.clock, parts.ids);
  }

  start(): void {
    this.parts.redis.watch((isConnected) => {
      if (isConnected) this.forgetBroken();
    });
    this.schedule();
  }

  stop(): void {
    this.timer?.cancel();
    for (const follower of this.followers.values()) follower.close();
    this.followers.clear();
    this.local.close();
  }

  async append(channelKey: string, payload: string): Promise<void> {
    const { redis, ids, keys } = this.parts;
    const { all, channel } = keys.log(channelKey);
    const [id, epochAnew] = [
      ids.token(ID_LENGTH),
      this.broken.delete(channelKey) ? ids.token(ID_LENGTH) : '',
    ];
    const bounds = [LOG_EVENTS, LOG_BYTES, redis.publishCommand, channel];
    const follower = this.followers.get(channelKey);
    follower?.expect(id);
    try {
      await redis.run((commands) => APPEND.run(commands, all, [id, payload, epochAnew, ...bounds]));
      follower?.settle(id);
    } catch {
      this.failures += 1;
      // Late is not lost: whoever heard it knows that it was taken.
      if (follower?.settle(id) === true) return;
      this.broken.add(channelKey);
      // It may have been taken after all; then it comes once more, and is known by its id.
      follower?.skip(id);
      await this.local.append(channelKey, payload);
    }
  }

  async followed(channelKeys: readonly string[]): Promise<ReadonlySet<string>> {
    const { redis, keys } = this.parts;
    try {
      const found = await redis.run((commands) =>
        Promise.all(channelKeys.map((channelKey) => commands.exists(keys.log(channelKey).all[0]))),
      );
      return new Set(channelKeys.filter((_, index) => found[index] === 1));
    } catch {
      // Whoever follows one of them must not miss an event unnoticed.
      return new Set(channelKeys);
    }
  }

  listen(
    channelKey: string,
    onEvent: (event: LoggedEvent, epoch: string) => void,
    onGap: () => void,
  ): () => void {
    const endLocal = this.local.listen(channelKey, onEvent, onGap);
    const endShared = this.follow(channelKey).add({ onEvent, onGap });
    return () => {
      endLocal();
      endShared();
    };
  }

  async end(channelKey: string): Promise<LogPosition> {
    const { end } = await this.since(channelKey, { epoch: '', seq: 0 });
    return end;
  }

  async since(channelKey: string, position: LogPosition): Promise<Replayed> {
    const replayed = await this.read(channelKey, position);
    const follower = this.followers.get(channelKey);
    if (replayed === undefined) follower?.beginNowhere();
    else follower?.begin(replayed.end);
    return replayed ?? this.local.since(channelKey, position);
  }

  private follow(channelKey: string): LogFollower {
    const there = this.followers.get(channelKey);
    if (there !== undefined) return there;
    const read: ReadLog = (position) => this.read(channelKey, position);
    const follower: LogFollower = new LogFollower(this.parts.clock, read, () => {
      endSubscription();
      if (this.followers.get(channelKey) === follower) this.followers.delete(channelKey);
    });
    this.followers.set(channelKey, follower);
    const endSubscription = this.parts.redis.listen(
      this.parts.keys.log(channelKey).channel,
      (message) => follower.hear(message),
      (isConnected) => {
        if (isConnected) follower.catchUp();
      },
    );
    return follower;
  }

  /** undefined: Redis does not answer. */
  private async read(channelKey: string, { epoch, seq }: LogPosition): Promise<Replayed | undefined> {
    const { redis, ids, keys } = this.parts;
    const args = [ids.token(ID_LENGTH), INTEREST_MS, epoch, seq];
    try {
      const answer = await redis.run((commands) => READ.run(commands, keys.log(channelKey).all, args));
      return toReplayed(answer as readonly string[], seq);
    } catch {
      return undefined;
    }
  }

  private schedule(): void {
    this.timer = this.parts.clock.after(RENEW_INTEREST_MS, () => {
      for (const [channelKey, follower] of this.followers) void this.renewInterest(channelKey, follower);
      this.forgetBroken();
      this.schedule();
    });
  }

  private async renewInterest(channelKey: string, follower: LogFollower): Promise<void> {
    const [state, events] = this.parts.keys.log(channelKey).all;
    try {
      const [isThere] = await this.parts.redis.run((commands) =>
        Promise.all([commands.pexpire(state, INTEREST_MS), commands.pexpire(events, INTEREST_MS)]),
      );
      if (isThere === 0) follower.catchUp();
    } catch {
      // The next one comes long before it ends.
    }
  }

  private forgetBroken(): void {
    for (const channelKey of this.broken) void this.forget(channelKey);
  }

  /** Events are missing in a log: those who follow it on other instances hear of that, also when no other event comes. */
  private async forget(channelKey: string): Promise<void> {
    const { redis, keys } = this.parts;
    const { all, channel } = keys.log(channelKey);
    try {
      await redis.run((commands) =>
        Promise.all([commands.unlink(...all), commands.call(redis.publishCommand, channel, LOOK_AGAIN)]),
      );
      this.broken.delete(channelKey);
    } catch {
      // It stays broken: the next event begins it anew.
    }
  }
}

function toReplayed(
  [epoch = '', last = '0', isWhole, ...payloads]: readonly string[],
  from: number,
): Replayed {
  const end = { epoch, seq: Number(last) };
  if (isWhole !== '1') return { isWhole: false, end };
  return {
    isWhole: true,
    end,
    events: payloads.map((payload, index) => ({ seq: from + index + 1, payload })),
  };
}
