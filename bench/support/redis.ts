import { RedisServer } from '../../test/support/redis-server.js';

const PROGRAM = 'PLIMSOLL_TEST_REDIS_SERVER';

/** The part of scripts/redis-ladder.mjs that is used here. */
interface RedisLadder {
  findRedisServer(say: (text: string) => void): object | undefined;
  readonly NO_REDIS: string;
}

/** A Redis server of the bench's own: what it measures is never somebody else's load. */
export async function startBenchRedis(): Promise<RedisServer> {
  if (process.env[PROGRAM] === undefined) {
    const ladder = (await import(
      new URL('../../scripts/redis-ladder.mjs', import.meta.url).href
    )) as RedisLadder;
    const program = ladder.findRedisServer((text) => process.stderr.write(`${text}\n`));
    if (program === undefined) throw new TypeError(ladder.NO_REDIS);
    process.env[PROGRAM] = JSON.stringify(program);
  }
  return RedisServer.start();
}
