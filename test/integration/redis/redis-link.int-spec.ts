import { type RedisConfig, Secret } from '../../../src/config/index.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { RandomIds } from '../../../src/kernel/ids.js';
import { AbsentRedis } from '../../../src/platform/redis/absent-redis.js';
import { ConnectedRedis } from '../../../src/platform/redis/connected-redis.js';
import { createClients } from '../../../src/platform/redis/redis-clients.js';
import type { RedisLink } from '../../../src/platform/redis/redis-link.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';
import { freePort } from '../../support/test-servers.js';

const clock = new SystemClock();
const LOST = 'Redis does not answer; serving without it until it does';
const BACK = 'Redis answers again';

const links: ConnectedRedis[] = [];

async function link(config: Partial<RedisConfig>, logger = new CollectingLogger()): Promise<ConnectedRedis> {
  const clients = createClients({ commandTimeoutMs: 100, ...config }, new RandomIds());
  if (clients === undefined) throw new TypeError('a URL or cluster nodes are needed');
  const redis = new ConnectedRedis(clients, clock, logger);
  links.push(redis);
  await redis.onModuleInit();
  return redis;
}

const linkTo = (url: string, logger?: CollectingLogger): Promise<ConnectedRedis> =>
  link({ url: new Secret(url) }, logger);

/** How long a failing command took, in ms. */
async function failure(redis: RedisLink): Promise<{ code: unknown; tookMs: number }> {
  const startedAt = clock.monotonic();
  const error: unknown = await redis.run((commands) => commands.get('any')).catch((e: unknown) => e);
  return { code: (error as { code?: unknown }).code, tookMs: clock.monotonic() - startedAt };
}

async function expectRecovery(redis: RedisLink): Promise<void> {
  await eventually(async () => {
    expect(await redis.run((commands) => commands.set('back', '1'))).toBe('OK');
    expect(redis.state).toBe('connected');
  });
}

afterEach(async () => {
  await Promise.all(links.splice(0).map((redis) => redis.onApplicationShutdown()));
});

describe('ConnectedRedis on one server', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.stop());

  it('runs commands and hears what is published', async () => {
    const redis = await linkTo(server.url);
    const heard: string[] = [];
    redis.subscribe('news', (message) => heard.push(message));

    await redis.run((commands) => commands.set('a', '1'));
    await eventually(async () => {
      await redis.run((commands) => commands.publish('news', 'hello'));
      expect(heard).toContain('hello');
    });

    expect(await redis.run((commands) => commands.get('a'))).toBe('1');
    expect(redis.state).toBe('connected');
  });

  it('fails commands at once while the server is dead, and recovers when it returns', async () => {
    const logger = new CollectingLogger();
    const redis = await linkTo(server.url, logger);
    await server.kill();

    const dead = await failure(redis);
    await eventually(() => expect(redis.state).toBe('disconnected'));
    const stillDead = await failure(redis);
    await server.start();
    await expectRecovery(redis);

    expect([dead.code, stillDead.code]).toEqual(['REDIS_UNAVAILABLE', 'REDIS_UNAVAILABLE']);
    expect(Math.max(dead.tookMs, stillDead.tookMs)).toBeLessThan(5_000);
    expect(logger.messages('warn')).toEqual([LOST]);
    expect(logger.messages('info')).toEqual([BACK]);
  });

  it('fails commands in time while the server is frozen, and recovers when it goes on', async () => {
    const redis = await linkTo(server.url);
    server.freeze();

    const frozen = await failure(redis);
    await eventually(() => expect(redis.state).toBe('disconnected'));
    server.thaw();
    await expectRecovery(redis);

    expect(frozen.code).toBe('REDIS_UNAVAILABLE');
    expect(frozen.tookMs).toBeLessThan(5_000);
  });

  it('gets messages again after the server was restarted', async () => {
    const redis = await linkTo(server.url);
    const heard: string[] = [];
    redis.subscribe('news', (message) => heard.push(message));
    await server.kill();
    redis.subscribe('later', (message) => heard.push(message));
    await server.start();

    await eventually(async () => {
      await redis.run((commands) => commands.publish('news', 'one'));
      await redis.run((commands) => commands.publish('later', 'two'));
      expect(heard).toEqual(expect.arrayContaining(['one', 'two']));
    });
  });

  it('keeps the other listeners when one throws', async () => {
    const logger = new CollectingLogger();
    const redis = await linkTo(server.url, logger);
    const heard: string[] = [];
    redis.subscribe('news', () => {
      throw new TypeError('a listener failed');
    });
    redis.subscribe('news', (message) => heard.push(message));

    await eventually(async () => {
      await redis.run((commands) => commands.publish('news', 'hello'));
      expect(heard).toContain('hello');
    });

    expect(logger.messages('error')).toContain('A listener of a Redis channel failed');
  });

  it('passes on the reply to a wrong command as it is', async () => {
    const redis = await linkTo(server.url);
    await redis.run((commands) => commands.set('text', 'a'));

    await expect(redis.run((commands) => commands.incr('text'))).rejects.toThrow('not an integer');
  });
});

describe('ConnectedRedis on a cluster', () => {
  it('runs commands, hears messages, and recovers after a restart', async () => {
    // By itself it takes the port 10,000 above its own, which somebody else may have.
    const bus = ['--cluster-port', String(await freePort())];
    const announced = ['--cluster-announce-ip', '127.0.0.1'];
    const server = await RedisServer.start('--cluster-enabled', 'yes', ...announced, ...bus);
    try {
      const form = await linkTo(server.url);
      await form.run((commands) => commands.cluster('ADDSLOTSRANGE', 0, 16_383));
      const redis = await link({ clusterNodes: [`127.0.0.1:${server.port}`] });
      const heard: string[] = [];
      redis.subscribe('news', (message) => heard.push(message));
      await expectRecovery(redis);
      await server.kill();
      const dead = await failure(redis);
      await server.start();
      await expectRecovery(redis);
      await eventually(async () => {
        await redis.run((commands) => commands.publish('news', 'hello'));
        expect(heard).toContain('hello');
      });

      expect(dead.code).toBe('REDIS_UNAVAILABLE');
      expect(dead.tookMs).toBeLessThan(5_000);
    } finally {
      await server.stop();
    }
  });
});

describe('Redis that is away', () => {
  it('lets the process start within a bound and says so once', async () => {
    const logger = new CollectingLogger();
    const port = await freePort();
    const startedAt = clock.monotonic();

    const redis = await linkTo(`redis://127.0.0.1:${port}`, logger);

    expect(clock.monotonic() - startedAt).toBeLessThan(3_000);
    expect(redis.state).toBe('disconnected');
    expect((await failure(redis)).code).toBe('REDIS_UNAVAILABLE');
    expect(logger.messages('warn')).toEqual([LOST]);
  });

  it('lets the process stop within a bound', async () => {
    const redis = await linkTo(`redis://127.0.0.1:${await freePort()}`);
    const startedAt = clock.monotonic();

    await redis.onApplicationShutdown();

    expect(clock.monotonic() - startedAt).toBeLessThan(1_500);
  });
});

describe('Redis that is not configured', () => {
  it('is absent, says so once, and refuses commands', async () => {
    const logger = new CollectingLogger();
    const redis = new AbsentRedis(logger);

    redis.onModuleInit();
    redis.subscribe();

    expect(redis.state).toBe('absent');
    expect(logger.messages('info')).toHaveLength(1);
    expect((await failure(redis)).code).toBe('REDIS_UNAVAILABLE');
  });
});
