import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';
import { redisUrl } from '../../support/test-servers.js';

describe('Redis servers of the tests', () => {
  it('has one for the whole run', async () => {
    const redis = new Redis(redisUrl());

    expect(await redis.ping()).toBe('PONG');

    redis.disconnect();
  });

  it('can kill one of its own and start it again, empty, at the same address', async () => {
    const server = await RedisServer.start();
    const redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    await redis.set('key', 'value');

    await server.kill();
    await server.start();

    expect(await eventually(() => redis.get('key'))).toBeNull();
    redis.disconnect();
    await server.stop();
  });
});
