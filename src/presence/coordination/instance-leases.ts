import type { Clock, Timer } from '../../kernel/clock.js';
import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import type { PresenceKeys } from './presence-keys.js';

/** An instance that did not say for so long that it lives is gone for the others, and so are those who were there. */
export const INSTANCE_TTL_MS = 10_000;
const RENEW_EVERY_MS = 500;
/** After a failure. */
const RETRY_EVERY_MS = 500;
/** One whose connections are gone is dead when it says nothing for so long: it may only be connecting again. */
const CUT_OFF_QUIET_MS = 1_200;
/** Longer than the places that they hold live. */
const DEAD_FOR_MS = 15_000;

const RENEW = new LuaScript(new URL('lua/renew-instance-3.lua', import.meta.url));

/** An instance that is known to be dead before its lease has ended. */
export interface DeadInstance {
  readonly instanceId: string;
  /** By the clock of Redis. */
  readonly diedAt: number;
}

/** Hears of changes. */
export interface LeaseWatcher {
  /** Instances that are not there any more, or of which nothing can be known. */
  gone(instanceIds: readonly string[]): void;
  /** Instances that were not there before. */
  came(): void;
  /** This instance may be dead to the others, or Redis may have lost everything: what was told must be told again. */
  renewed(hasServerRestarted: boolean): void;
}

type Renewed = readonly [
  wasKnown: string,
  run: string,
  suspects: number,
  living: readonly string[],
  dead: readonly string[],
];

/**
 * Which instances live: each one says so twice a second, by Redis's clock. Those that were killed are seen at once, by
 * their connections; those that stand still, or whose host is lost, when their lease ends.
 */
export class InstanceLeases {
  private others: ReadonlySet<string> = new Set();
  private readonly watchers: LeaseWatcher[] = [];
  private timer: Timer | undefined;
  private renewing: Promise<boolean> | undefined;
  private knownAtMs = -Infinity;
  private run = '';
  private knownCount = 1;
  private isStopped = false;
  private mayBeDead = 0;
  private known: readonly DeadInstance[] = [];
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly parts: { readonly keys: PresenceKeys; readonly instanceId: string },
  ) {}

  /** Those that died a short while ago. */
  get dead(): readonly DeadInstance[] {
    return this.known;
  }

  /** Instances that are cut off from Redis, and dead or just about to be there again. */
  get suspects(): number {
    return this.mayBeDead;
  }

  /** Instances there are, this one included, as far as is known. */
  get count(): number {
    const dead = this.known.filter(({ instanceId }) => this.others.has(instanceId));
    return this.others.size - dead.length + 1;
  }

  /** How many there were when that was known last: those that cannot be seen now may live all the same. */
  lastCount(): number {
    return this.knownCount;
  }

  isLiving(instanceId: string): boolean {
    return this.others.has(instanceId);
  }

  watch(watcher: LeaseWatcher): void {
    this.watchers.push(watcher);
  }

  async start(): Promise<void> {
    const { keys, instanceId } = this.parts;
    // Nothing is told there: that somebody listens is the message.
    this.stopListening = this.redis.listen(keys.linkPrefix + instanceId, () => undefined);
    this.redis.watch((isConnected) => {
      if (isConnected && this.timer !== undefined) void this.refresh();
    });
    await this.refresh();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    const { keys, instanceId } = this.parts;
    const [leases, linked] = keys.instances;
    // Without an answer the lease ends by itself.
    await this.redis
      .run((commands) => Promise.all([commands.zrem(leases, instanceId), commands.srem(linked, instanceId)]))
      .catch(() => undefined);
    this.stopListening();
  }

  /** Renews the lease and learns who lives. Never rejects. @returns whether it was possible */
  refresh(): Promise<boolean> {
    this.renewing ??= this.renew().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /** As `refresh`, but nothing that was asked before this call is the answer: who came meanwhile is seen. */
  async look(): Promise<boolean> {
    await this.renewing;
    return this.refresh();
  }

  private async renew(): Promise<boolean> {
    this.timer?.cancel();
    let isRenewed = true;
    try {
      this.learn(await this.sayItLives());
    } catch {
      // Shown by the state of coordination: without an answer nothing is known of the others.
      isRenewed = false;
      if (this.clock.monotonic() - this.knownAtMs > INSTANCE_TTL_MS) this.replaceOthers(new Set());
    }
    if (!this.isStopped) {
      const delayMs = isRenewed ? RENEW_EVERY_MS : RETRY_EVERY_MS;
      this.timer = this.clock.after(delayMs, () => void this.refresh());
    }
    return isRenewed;
  }

  private async sayItLives(): Promise<Renewed> {
    const { keys, instanceId } = this.parts;
    const count = this.redis.publishCommand === 'PUBLISH' ? 'NUMSUB' : 'SHARDNUMSUB';
    const args = [INSTANCE_TTL_MS, instanceId, CUT_OFF_QUIET_MS, DEAD_FOR_MS, count, keys.linkPrefix];
    const answer = await this.redis.run((commands) => RENEW.run(commands, keys.instances, args));
    return answer as Renewed;
  }

  private learn([wasKnown, run, suspects, living, dead]: Renewed): void {
    this.knownAtMs = this.clock.monotonic();
    this.mayBeDead = suspects;
    this.known = pairs(dead).map(([instanceId, diedAt]) => ({ instanceId, diedAt: Number(diedAt) }));
    const hasServerRestarted = this.run !== '' && this.run !== run;
    this.run = run;
    this.replaceOthers(new Set(living.filter((id) => id !== this.parts.instanceId)));
    // A server that has just lost its memory does not know the others yet.
    if (!hasServerRestarted) this.knownCount = this.count;
    if (wasKnown === '1' && !hasServerRestarted) return;
    for (const watcher of this.watchers) watcher.renewed(hasServerRestarted);
  }

  private replaceOthers(others: ReadonlySet<string>): void {
    const gone = [...this.others].filter((id) => !others.has(id));
    const hasCome = [...others].some((id) => !this.others.has(id));
    this.others = others;
    for (const watcher of this.watchers) {
      if (gone.length > 0) watcher.gone(gone);
      if (hasCome) watcher.came();
    }
  }
}

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] ?? '',
    flat[2 * index + 1] ?? '',
  ]);
}
