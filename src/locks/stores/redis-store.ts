import type { Clock } from '../../kernel/clock.js';
import { LuaScript, type RedisLink, RedisUnavailableError } from '../../platform/redis/index.js';
import { type Claim, holderOf } from '../claim.js';
import { PausedServerError } from '../errors.js';
import type { Attempt, ExtensionTarget, LockStore } from './lock-store.js';
import type { LockKeys } from './redis-lock-keys.js';
import { ScriptBatch } from './script-batch.js';

/** A grant waits this long for its waiter to confirm it; a frozen process costs the others that much. */
const GRANT_MS = 300;
/** Hints may be lost. */
const ASK_AGAIN_MS = 250;

const script = (name: string): LuaScript => new LuaScript(new URL(`lua/${name}.lua`, import.meta.url));
const ACQUIRE = script('acquire-locks-3');
const RELEASE = script('release-locks-2');
const LEAVE = script('leave-queue-2');
const EXTEND = script('extend-lock-1');
const GREET = script('greet-server-2');

/** What RedisLockStore is made of. */
export interface RedisStoreParts {
  readonly redis: RedisLink;
  readonly keys: LockKeys;
  /** Shown in errors, without credentials. */
  readonly node: string;
  readonly instanceId: string;
  readonly clock: Clock;
  /** No lock lives longer without an extension. */
  readonly maxTtlMs: number;
  /** No lock was ever taken in this namespace: a server that knows none has lost none. */
  readonly isFirstUse: boolean;
}

/**
 * Locks in one Redis. Taking, queueing, handing on and the search for deadlocks are one script each way, so that
 * they are atomic; the queue and the grant are state there, and a message is only a hint.
 */
export class RedisLockStore implements LockStore {
  readonly kind = 'redis';
  /** Generation of the connection on which the server was greeted, and when it may vote, on the monotonic clock. */
  private greeted = 0;
  private pausedUntilMs = 0;
  private isFirstGreeting = true;
  private readonly channel: string;
  private readonly acquisitions: ScriptBatch;
  private readonly releases: ScriptBatch;

  constructor(private readonly parts: RedisStoreParts) {
    const { redis, keys } = parts;
    this.channel = keys.channelOf(parts.instanceId);
    // A node of a cluster counts its own listeners only.
    const args = [GRANT_MS, redis.isCluster ? '0' : '1'];
    this.acquisitions = new ScriptBatch({ keys: [keys.token], args }, (call) =>
      redis.run((commands) => ACQUIRE.run(commands, call.keys, call.args)),
    );
    this.releases = new ScriptBatch({ keys: [], args }, (call) =>
      redis.run((commands) => RELEASE.run(commands, call.keys, call.args)),
    );
  }

  /** Greets the server, if it is there: what it forgets from now on it had known. */
  async start(): Promise<void> {
    await this.greet().catch(() => undefined);
  }

  onGrant(listener: (claimId: string) => void): void {
    this.parts.redis.subscribe(this.channel, listener);
  }

  async tryClaim(claim: Claim, isWaiting: boolean): Promise<Attempt> {
    try {
      if (this.parts.redis.generation !== this.greeted) await this.greet();
      const answer = await this.acquire(claim, isWaiting);
      if (!isUnknown(answer)) return this.attemptOf(answer);
      await this.greet();
      return this.attemptOf(await this.acquire(claim, isWaiting));
    } catch (error) {
      return this.unavailable(error instanceof Error ? error.message : String(error));
    }
  }

  /** @throws when this server does not answer, or may not vote because it lost its memory */
  async assertVoting(): Promise<void> {
    const { redis, clock, node } = this.parts;
    if (redis.generation !== this.greeted) await this.greet();
    const leftMs = this.pausedUntilMs - clock.monotonic();
    if (leftMs > 0) throw new PausedServerError(node, leftMs);
  }

  async leave(claim: Claim): Promise<void> {
    const { redis, keys } = this.parts;
    const [held, queue] = keys.of(claim.resource);
    await redis.run(async (commands) => {
      const waits = keys.waitsOf(claim.ownerId);
      await LEAVE.run(commands, [queue, waits], [claim.value, this.channel, held]);
    });
    await this.release(claim);
  }

  release({ resource, value }: Claim): Promise<boolean> {
    return this.releases.ask(this.parts.keys.of(resource), value).then(isOne);
  }

  async extend({ resource, value, ttlMs }: Claim): Promise<boolean> {
    const { redis, keys } = this.parts;
    const [held] = keys.of(resource);
    return (await redis.run((commands) => EXTEND.run(commands, [held], [value, ttlMs]))) === 1;
  }

  extensionOf({ resource, value }: Claim): ExtensionTarget {
    const [held] = this.parts.keys.of(resource);
    return { key: held, value, servers: 1, quorum: 1 };
  }

  private acquire({ resource, value, ttlMs, isNested }: Claim, isWaiting: boolean): Promise<unknown> {
    const flags = (isWaiting ? 'w' : '') + (isNested ? 'n' : '');
    return this.acquisitions.ask(this.parts.keys.of(resource), value, ttlMs, flags);
  }

  /** Before the first lock on every connection: the server may have restarted in between. */
  private async greet(): Promise<void> {
    const { redis, keys, clock, maxTtlMs, isFirstUse } = this.parts;
    const isNew = isFirstUse && this.isFirstGreeting;
    const { generation } = redis;
    const pauseMs = await redis.run((commands) =>
      GREET.run(commands, [keys.run, keys.token], [maxTtlMs, isNew ? 1 : 0]),
    );
    this.greeted = generation;
    this.isFirstGreeting = false;
    this.pausedUntilMs = clock.monotonic() + Number(pauseMs);
  }

  private attemptOf(answer: unknown): Attempt {
    if (typeof answer === 'number') return { kind: 'granted', token: answer };
    const [kind, ...rest] = answer as [string, ...(string | number)[]];
    if (kind === 'deadlock') return { kind, cycle: rest.map(String) };
    if (kind === 'paused')
      return this.unavailable(new PausedServerError(this.parts.node, Number(rest[0])).message);
    if (kind === 'failed') return this.unavailable(String(rest[0]));
    if (kind === 'unknown') return this.unavailable('it loses its memory all the time');
    const remainingMs = Math.max(0, Number(rest[1]));
    // One past the end: a holder that died gives no hint.
    const retryMs = Math.min(ASK_AGAIN_MS, remainingMs + 1);
    return { kind: 'busy', holder: holderOf(String(rest[0])), remainingMs, retryMs };
  }

  private unavailable(reason: string): Attempt {
    return { kind: 'unavailable', nodes: [{ node: this.parts.node, reason }] };
  }
}

/** @throws RedisUnavailableError when the server could not do it */
function isOne(answer: unknown): boolean {
  if (typeof answer === 'number') return answer === 1;
  throw new RedisUnavailableError(Array.isArray(answer) ? String(answer[1]) : 'it answered with nothing');
}

function isUnknown(answer: unknown): boolean {
  return Array.isArray(answer) && answer[0] === 'unknown';
}
