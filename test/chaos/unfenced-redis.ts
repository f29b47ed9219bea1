import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeEnvelope, encodeEnvelope } from '../../src/cache/values/envelope.js';
import { type RedisCommands, RedisLink, type RedisState } from '../../src/platform/redis/index.js';

const FILL = readFileSync(new URL('../../src/cache/shared/lua/fill-value-2.lua', import.meta.url), 'utf8');
const FILL_SHA1 = createHash('sha1').update(FILL).digest('hex');
const NEW_LINE = 10;

/**
 * A link to Redis without the fence, for the control arm: whoever has loaded a value may store it, whatever was
 * invalidated meanwhile, and it is taken for as new as the moment it is stored. This is what a cache does that
 * simply deletes keys.
 */
export class UnfencedRedis extends RedisLink {
  constructor(private readonly link: RedisLink) {
    super();
  }

  get state(): RedisState {
    return this.link.state;
  }

  get generation(): number {
    return this.link.generation;
  }

  get publishCommand(): RedisLink['publishCommand'] {
    return this.link.publishCommand;
  }

  get isCluster(): boolean {
    return this.link.isCluster;
  }

  run<T>(work: (commands: RedisCommands) => Promise<T>): Promise<T> {
    return this.link.run((commands) => work(unfenced(commands)));
  }

  watch(listener: (isConnected: boolean) => void): void {
    this.link.watch(listener);
  }

  listen(...args: Parameters<RedisLink['subscribe']>): () => void {
    return this.link.listen(...args);
  }

  subscribe(...args: Parameters<RedisLink['subscribe']>): () => void {
    return this.link.subscribe(...args);
  }
}

function unfenced(commands: RedisCommands): RedisCommands {
  return new Proxy(commands, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown =>
        name === 'call' && (args[1] === FILL_SHA1 || args[1] === FILL)
          ? fillAnyway(target, args)
          : Reflect.apply(value, target, args);
    },
  });
}

/** @param args EVALSHA, the script, 2, the keys of value and lease, token, envelope, TTL, channel, name */
async function fillAnyway(commands: RedisCommands, args: readonly unknown[]): Promise<number> {
  const [valueKey, leaseKey, , envelope, ttlMs] = args.slice(3) as [string, string, string, Buffer, number];
  const clockKey = valueKey.replace(/^plimsoll:cache:value:(\{c\d+:[^:]*:).*$/s, 'plimsoll:cache:clock:$1}');
  const [epoch, sequence] = await commands.hmget(clockKey, 'epoch', 'seq');
  // Its last field is the key.
  const header = JSON.parse(envelope.toString('utf8', 0, envelope.indexOf(NEW_LINE))) as unknown[];
  const key = String(header.at(-1));
  const decoded = await decodeEnvelope(key, envelope, envelope.length);
  if ('poison' in decoded) throw new Error(`An envelope could not be read: ${decoded.poison}.`);
  const head = { ...decoded.head, epoch: epoch ?? '', asOf: Number(sequence) };
  await commands.set(valueKey, await encodeEnvelope(key, head, JSON.stringify(decoded.value)), 'PX', ttlMs);
  await commands.del(leaseKey);
  return 1;
}
