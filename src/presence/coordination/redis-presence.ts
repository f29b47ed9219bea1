import type { Clock, Timer } from '../../kernel/clock.js';
import type { RedisLink } from '../../platform/redis/index.js';
import type { InstanceLeases } from './instance-leases.js';
import type { PresenceKeys } from './presence-keys.js';
import { readPart } from './read-told.js';
import {
  type InstanceWatcher,
  type LayoutPart,
  SharedPresence,
  TELL_EVERY_MS,
  type ToldPart,
} from './shared-presence.js';

/** What was told is told again so often, and forgotten when nobody does. */
const TELL_AGAIN_MS = 30_000;
const FORGOTTEN_AFTER_MS = 90_000;
/** Writes on their way at once. */
const MOST_WRITES = 100;

type Part = () => LayoutPart;

/** What shared presence is made of. */
export interface RedisPresenceParts {
  readonly redis: RedisLink;
  readonly clock: Clock;
  readonly keys: PresenceKeys;
  readonly leases: InstanceLeases;
  readonly instanceId: string;
}

/** The parts of all instances in Redis: a hash for each layout, a field for each instance. */
export class RedisPresence extends SharedPresence {
  private readonly told = new Map<string, Part>();
  private readonly changed = new Set<string>();
  private timer: Timer | undefined;
  private again: Timer | undefined;

  constructor(private readonly parts: RedisPresenceParts) {
    super();
  }

  start(): void {
    this.parts.leases.watch({
      gone: () => undefined,
      came: () => undefined,
      renewed: () => this.tellAgain(),
    });
    this.scheduleAgain();
  }

  /** Takes back what this instance told. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    this.again?.cancel();
    for (const key of this.told.keys()) this.changed.add(key);
    this.told.clear();
    await this.write();
  }

  tell(channelKey: string, part: Part | undefined): void {
    if (part === undefined) this.told.delete(channelKey);
    else this.told.set(channelKey, part);
    this.changed.add(channelKey);
    this.schedule(0);
  }

  async others(channelKey: string): Promise<readonly ToldPart[] | undefined> {
    const { redis, keys, leases, instanceId } = this.parts;
    const key = keys.layout(channelKey);
    try {
      const fields = Object.entries(await redis.run((commands) => commands.hgetall(key)));
      const others = fields.filter(([from]) => from !== instanceId);
      // One that started since the last look, or one that is gone: of whom that is not known nothing is taken away.
      const isKnown = others.every(([from]) => leases.isLiving(from)) || (await leases.look());
      if (!isKnown) return undefined;
      const dead = others.map(([from]) => from).filter((from) => !leases.isLiving(from));
      if (dead.length > 0) await redis.run((commands) => commands.hdel(key, ...dead));
      const living = others.filter(([from]) => leases.isLiving(from));
      return living.flatMap(([from, text]) => readPart(from, text) ?? []);
    } catch {
      return undefined;
    }
  }

  watch(watcher: InstanceWatcher): void {
    this.parts.leases.watch({
      gone: (instanceIds) => watcher.gone(instanceIds),
      came: () => watcher.came(),
      renewed: () => undefined,
    });
  }

  private tellAgain(): void {
    for (const key of this.told.keys()) this.changed.add(key);
    this.schedule(0);
  }

  private scheduleAgain(): void {
    this.again = this.parts.clock.after(TELL_AGAIN_MS, () => {
      this.tellAgain();
      this.scheduleAgain();
    });
  }

  /** The first change at once, later ones together. */
  private schedule(delayMs: number): void {
    this.timer ??= this.parts.clock.after(delayMs, () => {
      void this.write().then(() => {
        this.timer = this.parts.clock.after(TELL_EVERY_MS, () => {
          this.timer = undefined;
          if (this.changed.size > 0) this.schedule(0);
        });
      });
    });
  }

  private async write(): Promise<void> {
    const channelKeys = [...this.changed];
    this.changed.clear();
    for (let from = 0; from < channelKeys.length; from += MOST_WRITES) {
      const chunk = channelKeys.slice(from, from + MOST_WRITES);
      const outcomes = await Promise.allSettled(chunk.map((channelKey) => this.writeOne(channelKey)));
      // Told with the next ones.
      outcomes.forEach(({ status }, index) => {
        const channelKey = chunk[index];
        if (status === 'rejected' && channelKey !== undefined) this.changed.add(channelKey);
      });
    }
  }

  private async writeOne(channelKey: string): Promise<void> {
    const { redis, keys, instanceId } = this.parts;
    const key = keys.layout(channelKey);
    const part = this.told.get(channelKey)?.();
    if (part === undefined) {
      await redis.run((commands) => commands.hdel(key, instanceId));
      return;
    }
    const text = `${part.number} ${part.text}`;
    await redis.run((commands) =>
      Promise.all([commands.hset(key, instanceId, text), commands.pexpire(key, FORGOTTEN_AFTER_MS)]),
    );
  }
}
