import type { Clock, Timer } from '../../kernel/clock.js';
import { LuaScript, type RedisLink } from '../../platform/redis/index.js';

/** An instance that did not say for so long that it lives is dead to the others. */
export const INSTANCE_TTL_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
/** After a failure. */
const RETRY_EVERY_MS = 500;

const RENEW = new LuaScript(new URL('lua/renew-instance-1.lua', import.meta.url));

/** Hears of changes. */
export interface LeaseWatcher {
  /** Instances that are not there any more, or of which nothing can be known. */
  gone(instanceIds: readonly string[]): void;
  /** Instances that were not there before. */
  came(): void;
  /** This instance may be dead to the others, or Redis may have lost everything: what was told must be told again. */
  renewed(hasServerRestarted: boolean): void;
}

/** Which instances live: each one says so every three seconds, by Redis's clock. */
export class InstanceLeases {
  private others: ReadonlySet<string> = new Set();
  private readonly watchers: LeaseWatcher[] = [];
  private timer: Timer | undefined;
  private renewing: Promise<boolean> | undefined;
  private knownAtMs = -Infinity;
  private run = '';
  private knownCount = 1;
  private isStopped = false;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly parts: { readonly key: string; readonly instanceId: string },
  ) {}

  /** Instances there are, this one included, as far as is known. */
  get count(): number {
    return this.others.size + 1;
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
    this.redis.watch((isConnected) => {
      if (isConnected && this.timer !== undefined) void this.refresh();
    });
    await this.refresh();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    const { key, instanceId } = this.parts;
    await this.redis.run((commands) => commands.zrem(key, instanceId)).catch(() => undefined);
  }

  /** Renews the lease and learns who lives. Never rejects. @returns whether it was possible */
  refresh(): Promise<boolean> {
    this.renewing ??= this.renew().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  private async renew(): Promise<boolean> {
    const { key, instanceId } = this.parts;
    this.timer?.cancel();
    let isRenewed = true;
    try {
      const answer = await this.redis.run((commands) =>
        RENEW.run(commands, [key], [INSTANCE_TTL_MS, instanceId]),
      );
      this.learn(answer as readonly string[]);
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

  private learn([wasKnown, run = '', ...living]: readonly string[]): void {
    this.knownAtMs = this.clock.monotonic();
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
