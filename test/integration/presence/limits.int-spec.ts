import type { Connection } from '../../../src/presence/index.js';
import type { RedisLink } from '../../../src/platform/redis/index.js';
import { eventually } from '../../support/eventually.js';
import { type PresenceInstance, startPresence } from '../../support/presence.js';
import { RedisServer } from '../../support/redis-server.js';
import { InterceptedRedis } from '../../support/intercepted-redis.js';
import { redisUrl } from '../../support/test-servers.js';

const SETTINGS = {
  maxConnectionsPerTenant: 10,
  maxConnectionsPerUser: 6,
  maxConnectionsPerLayout: 3,
};

const connectAll = async (
  instances: readonly PresenceInstance[],
  count: number,
  user = (n: number): string => `u${n}`,
): Promise<Connection[]> => {
  const wishes = Array.from({ length: count }, (_, n) => {
    const instance = instances[n % instances.length];
    if (instance === undefined) throw new TypeError('an instance is missing');
    return instance.connect(user(n));
  });
  const outcomes = await Promise.allSettled(wishes);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
};

describe.each([
  ['on an instance that is alone', () => [{}]],
  [
    'over two instances',
    () => {
      const options = { url: redisUrl(), namespace: `limits-${process.pid}-${performance.now()}` };
      return [options, options];
    },
  ],
])('ConnectionLimits %s', (_, options) => {
  let instances: PresenceInstance[];

  beforeEach(async () => {
    const all = options();
    instances = await Promise.all(all.map((one) => startPresence({ ...one, settings: SETTINGS })));
  });
  afterEach(() => Promise.all(instances.map((instance) => instance.close())));

  it('lets exactly as many in as there are places, however many come at once', async () => {
    const connections = await connectAll(instances, 60);
    expect(connections).toHaveLength(SETTINGS.maxConnectionsPerTenant);

    connections[3]?.end({ isAbnormal: false });
    connections[4]?.end({ isAbnormal: true });
    connections[4]?.end({ isAbnormal: true });

    await eventually(async () => expect(await connectAll(instances, 20)).toHaveLength(2));
  });

  it('counts each user, and says which limit it was', async () => {
    const connections = await connectAll(instances, 12, () => 'ann');

    expect(connections).toHaveLength(SETTINGS.maxConnectionsPerUser);
    await expect(instances[0]?.connect('ann')).rejects.toMatchObject({
      code: 'PRESENCE_LIMIT_REACHED',
      scope: 'user',
      limit: SETTINGS.maxConnectionsPerUser,
    });
    expect(await connectAll(instances, 20)).toHaveLength(4);
  });

  it('counts each layout, and takes no place for a wish that was given up', async () => {
    const connections = await connectAll(instances, 8);
    const given = connections.slice(0, 2).map((connection) => connection.join('7').catch(() => undefined));
    for (const connection of connections.slice(0, 2)) connection.leave('7');
    await Promise.all(given);

    const joined = async (): Promise<number> => {
      const outcomes = await Promise.allSettled(connections.map((connection) => connection.join('7')));
      return outcomes.filter(({ status }) => status === 'fulfilled').length;
    };
    await eventually(async () => expect(await joined()).toBe(SETTINGS.maxConnectionsPerLayout));
    expect(await joined()).toBe(SETTINGS.maxConnectionsPerLayout);
  });
});

describe('ConnectionLimits when Redis fails', () => {
  let server: RedisServer;
  let a: PresenceInstance;
  let b: PresenceInstance;

  beforeEach(async () => {
    server = await RedisServer.start();
    const options = { url: server.url, settings: SETTINGS };
    [a, b] = await Promise.all([startPresence(options), startPresence(options)]);
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    await server.stop();
  });

  const modes = (): string[] => [a, b].map(({ hub }) => hub.figures().coordination.mode);

  it('counts on each instance while Redis is away, and registers what is held when it is back', async () => {
    await connectAll([a, b], 6);

    await server.kill();
    expect(await connectAll([a], 20)).toHaveLength(7);
    expect(modes()[0]).toBe('alone');
    await server.start();
    await eventually(() => expect(modes()).toEqual(['shared', 'shared']), { withinMs: 10_000 });

    await eventually(async () => {
      const held = await a.redis.run((commands) =>
        commands.zcard('plimsoll:presence:places:{test:1}:tenant'),
      );
      expect(held).toBe(13);
    });
    expect(await connectAll([a, b], 10)).toHaveLength(0);
  }, 30_000);
});

describe('ConnectionLimits of one who comes and goes', () => {
  it('keep the place of one who joined again while the first join was under way', async () => {
    const namespace = `again-${process.pid}-${performance.now()}`;
    let redis: InterceptedRedis | undefined;
    const through = (link: RedisLink): RedisLink => (redis = new InterceptedRedis(link));
    const instance = await startPresence({ url: redisUrl(), namespace, settings: SETTINGS, through });
    const connection = await instance.connect('ann');
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    if (redis !== undefined) {
      // The answer comes late; the question does not.
      redis.intercept = async (send) => {
        const answer = await send();
        await held;
        return answer;
      };
    }

    const first = connection.join('7').catch((error: unknown) => error);
    connection.leave('7');
    const second = connection.join('7');
    if (redis !== undefined) redis.intercept = (send) => send();
    letGo();
    await Promise.all([first, second]);

    const places = `plimsoll:presence:places:{${namespace}:1}:layout:7`;
    await instance.redis.run((commands) => commands.ping());
    expect(await instance.redis.run((commands) => commands.zcard(places))).toBe(1);
    connection.leave('7');
    await eventually(async () =>
      expect(await instance.redis.run((commands) => commands.zcard(places))).toBe(0),
    );
    await instance.close();
  });
});
