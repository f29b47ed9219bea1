import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import type { RedisKeys } from '../values/redis-keys.js';
import { BatchedReads } from './batched-reads.js';
import { type LeaseAnswer, type LeaseRequest, SharedStore, SharedStoreFullError } from './shared-store.js';

const script = (name: string): LuaScript => new LuaScript(new URL(`lua/${name}.lua`, import.meta.url));
const LEASE = script('lease-value-2');
const FILL = script('fill-value-2');
const RELEASE = script('release-lease-1');
const EXTEND = script('extend-lease-1');

/** Values and leases in Redis. */
export class RedisSharedStore extends SharedStore {
  private readonly reads: BatchedReads;

  constructor(
    private readonly redis: RedisLink,
    private readonly keys: RedisKeys,
  ) {
    super();
    this.reads = new BatchedReads(redis);
  }

  read(key: string): Promise<Buffer | null> {
    return this.reads.read(this.keys.value(key));
  }

  async lease(key: string, { token, leaseMs, seenHead }: LeaseRequest): Promise<LeaseAnswer> {
    const { value, lease, clock } = this.keys;
    // On a cluster the clock is in another slot.
    const keys = [value(key), lease(key), ...(this.redis.isCluster ? [] : [clock])];
    const args = [token, leaseMs, seenHead ?? ''];
    const answer = await this.redis.run((commands) => LEASE.runForBytes(commands, keys, args));
    const [kind, first, second] = answer as [number, (Buffer | number)?, number?];
    if (kind === 1 && Buffer.isBuffer(first)) return { kind: 'value', raw: first };
    if (kind === 2) return { kind: 'busy', remainingMs: Number(first) };
    return { kind: 'leased', epoch: first === undefined ? null : String(first), sequence: second ?? null };
  }

  async fill(
    key: string,
    { token, envelope, ttlMs }: { readonly token: string; readonly envelope: Buffer; readonly ttlMs: number },
  ): Promise<boolean> {
    const { value, lease, loadsChannel, loadName } = this.keys;
    const args = [token, envelope, Math.max(1, Math.ceil(ttlMs)), loadsChannel, loadName(key)];
    try {
      return (await this.redis.run((commands) => FILL.run(commands, [value(key), lease(key)], args))) === 1;
    } catch (error) {
      throw isFull(error) ? new SharedStoreFullError(error) : error;
    }
  }

  async extend(key: string, token: string, leaseMs: number): Promise<boolean> {
    const { lease } = this.keys;
    return (await this.redis.run((commands) => EXTEND.run(commands, [lease(key)], [token, leaseMs]))) === 1;
  }

  async release(key: string, token: string): Promise<void> {
    const { lease, loadsChannel, loadName } = this.keys;
    const args = [token, loadsChannel, loadName(key)];
    await this.redis.run((commands) => RELEASE.run(commands, [lease(key)], args));
  }

  async drop(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const pairs = keys.map((key) => [this.keys.value(key), this.keys.lease(key)]);
    const groups = this.redis.isCluster ? pairs : [pairs.flat()];
    await Promise.all(groups.map((names) => this.redis.run((commands) => commands.unlink(...names))));
  }
}

function isFull(error: unknown): boolean {
  const reason = error instanceof Error ? error.cause : undefined;
  return reason instanceof Error && /\bOOM\b/.test(reason.message);
}
