import type { Clock, Timer } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import { INTEREST_MS, LOG_BYTES, LOG_EVENTS } from './event-ring.js';
import { LocalReplayLog } from './local-replay-log.js';
import { LogFollower, type ReadLog } from './log-follower.js';
import type { PresenceKeys } from './presence-keys.js';
import { type LoggedEvent, type LogPosition, type Replayed, ReplayLog } from './replay-log.js';

/** A log nobody adds to, or reads, for so long is gone. */
const LOG_TTL_MS = 60 * 60_000;
const RENEW_INTEREST_MS = INTEREST_MS / 3;
const ID_LENGTH = 16;

const APPEND = new LuaScript(new URL('lua/append-event-3.lua', import.meta.url));
const READ = new LuaScript(new URL('lua/read-log-3.lua', import.meta.url));

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
 * begins anew afterwards: what was not logged is a gap for everybody, never a silent loss.
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
    this.timer = this.parts.clock.after(RENEW_INTEREST_MS, () => {
      for (const key of this.followers.keys()) void this.renewInterest(key);
      this.start();
    });
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
    const [id, epoch] = [ids.token(ID_LENGTH), ids.token(ID_LENGTH)];
    const isAnew = this.broken.delete(channelKey) ? '1' : '0';
    const bounds = [LOG_EVENTS, LOG_BYTES, LOG_TTL_MS, redis.publishCommand, channel];
    try {
      await redis.run((commands) => APPEND.run(commands, all, [id, payload, epoch, isAnew, ...bounds]));
    } catch {
      this.failures += 1;
      this.broken.add(channelKey);
      // It may have been taken after all; then it comes once more, and is known by its id.
      this.followers.get(channelKey)?.skip(id);
      await this.local.append(channelKey, payload);
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
    if (replayed === undefined) return this.local.since(channelKey, position);
    this.followers.get(channelKey)?.begin(replayed.end);
    return replayed;
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
    const args = [ids.token(ID_LENGTH), LOG_TTL_MS, INTEREST_MS, epoch, seq];
    try {
      const answer = await redis.run((commands) => READ.run(commands, keys.log(channelKey).all, args));
      return toReplayed(answer as readonly string[], seq);
    } catch {
      return undefined;
    }
  }

  private async renewInterest(channelKey: string): Promise<void> {
    const [, , interest] = this.parts.keys.log(channelKey).all;
    // The next one comes long before it ends.
    await this.parts.redis
      .run((commands) => commands.set(interest, '1', 'PX', INTEREST_MS))
      .catch(() => undefined);
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
