import { Redis } from 'ioredis';
import { Secret } from '../../../src/config/index.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { RandomIds } from '../../../src/kernel/ids.js';
import { connectRedis, type OwnRedisLink, type RedisLink } from '../../../src/platform/redis/index.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const nothing = (): void => undefined;

describe('the connection of a link', () => {
  let server: RedisServer;
  let admin: Redis;
  let own: OwnRedisLink;
  let redis: RedisLink;

  beforeEach(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    admin.on('error', nothing);
    const around = { ids: new RandomIds(), clock: new SystemClock(), logger: new CollectingLogger() };
    own = connectRedis({ url: new Secret(server.url), commandTimeoutMs: 1_000 }, around);
    redis = own.link;
  });
  afterEach(async () => {
    await own.close();
    admin.disconnect();
    await server.stop();
  });

  /** The connections break, and come back by themselves. */
  const breakConnections = (): Promise<unknown> => admin.call('CLIENT', 'KILL', 'SKIPME', 'yes');
  /** What a watcher was told, in order. */
  const watch = (): boolean[] => {
    const told: boolean[] = [];
    redis.watch((isConnected) => told.push(isConnected));
    return told;
  };
  const subscribe = (channel: string): boolean[] => {
    const told: boolean[] = [];
    redis.subscribe(channel, nothing, (isConnected) => told.push(isConnected));
    return told;
  };
  const untilTold = (told: boolean[], expected: boolean[]): Promise<void> =>
    eventually(() => expect(told).toEqual(expected));

  describe('generation', () => {
    it('is 0 before the first connection, however long that takes, and 1 on it', async () => {
      await server.kill();
      const unopened = redis.generation;
      await own.open();
      const away = redis.generation;
      await server.start();

      await eventually(() => expect(redis.generation).toBe(1));
      expect([unopened, away]).toEqual([0, 0]);
    });

    it('stays while the connection does, and grows after each loss', async () => {
      await own.open();
      const seen = [redis.generation];
      for (const lose of [
        () => admin.ping(),
        breakConnections,
        () => server.kill().then(() => server.start()),
      ]) {
        const before = redis.generation;
        await lose();
        if (seen.length > 1) await eventually(() => expect(redis.generation).toBeGreaterThan(before));
        seen.push(redis.generation);
      }

      expect(seen).toEqual([1, 1, 2, 3]);
    });
  });

  describe('watch', () => {
    it('tells at once of a connection that is there, then of its loss and of its return', async () => {
      await own.open();

      const told = watch();
      expect(told).toEqual([true]);

      await server.kill();
      await eventually(() => expect(told[1]).toBe(false));
      await server.start();
      await eventually(() => expect(told.at(-1)).toBe(true));
      expect(told.slice(1, -1)).not.toContain(true);
    });

    it('tells nothing before the first connection, and every watcher of it', async () => {
      const [one, other] = [watch(), watch()];
      expect([one, other]).toEqual([[], []]);

      await own.open();

      expect([one, other]).toEqual([[true], [true]]);
    });

    it('tells the others when one watcher throws', async () => {
      redis.watch(() => {
        throw new TypeError('a watcher failed');
      });
      const told = watch();

      await own.open();

      expect(told).toEqual([true]);
    });
  });

  describe('subscribe', () => {
    it('says so when Redis has the subscription, when it is lost, and when it is there again', async () => {
      await own.open();
      const told: boolean[] = [];
      const subscribers: Promise<unknown>[] = [];
      redis.subscribe('news', nothing, (isConnected) => {
        told.push(isConnected);
        if (isConnected) subscribers.push(admin.pubsub('NUMSUB', 'news'));
      });
      expect(told).toEqual([]);
      await untilTold(told, [true]);

      await breakConnections();

      await untilTold(told, [true, false, true]);
      expect(await Promise.all(subscribers)).toEqual([
        ['news', 1],
        ['news', 1],
      ]);
    });

    it('tells a second listener at once of a channel that is confirmed, and of no other', async () => {
      await own.open();
      await untilTold(subscribe('known'), [true]);
      server.freeze();

      const [first, second, ofKnown] = [subscribe('new'), subscribe('new'), subscribe('known')];

      expect([first, second, ofKnown]).toEqual([[], [], [true]]);
      server.thaw();
      await Promise.all([untilTold(first, [true]), untilTold(second, [true])]);
    });

    it('takes no confirmation of one channel for that of another', async () => {
      await own.open();
      // Redis refuses one of them.
      await admin.call('ACL', 'SETUSER', 'default', 'resetchannels', '&known');

      const [known, refused] = [subscribe('known'), subscribe('refused')];
      await eventually(() => expect(known.slice(0, 2)).toEqual([true, false]));

      expect(refused).not.toContain(true);
      await admin.call('ACL', 'SETUSER', 'default', 'allchannels');
      await eventually(() => expect([known.at(-1), refused.at(-1)]).toEqual([true, true]));
    });

    it('forgets what was confirmed on a connection that is gone', async () => {
      await own.open();
      const early = subscribe('news');
      await untilTold(early, [true]);
      await server.kill();
      await eventually(() => expect(early).toContain(false));

      const late = subscribe('news');
      expect(late).toEqual([]);

      await server.start();
      await eventually(() => expect([early.at(-1), late.at(-1)]).toEqual([true, true]));
      expect(await admin.pubsub('NUMSUB', 'news')).toEqual(['news', 1]);
    });

    it('confirms nothing that was asked for on a connection that broke before the answer', async () => {
      await own.open();
      await untilTold(subscribe('known'), [true]);
      server.freeze();
      const told = subscribe('new');
      await server.kill();
      await eventually(() => expect(told).toContain(false));
      expect(told).not.toContain(true);

      await server.start();

      await eventually(() => expect(told.at(-1)).toBe(true));
      expect(await admin.pubsub('NUMSUB', 'known', 'new')).toEqual(['known', 1, 'new', 1]);
    });
  });

  describe('commands of one turn', () => {
    const COUNT = 300;
    const numbers = Array.from({ length: COUNT }, (_, index) => index);
    const readsSoFar = async (): Promise<number> =>
      Number(/total_reads_processed:(\d+)/.exec(await admin.info('stats'))?.[1]);

    it('are carried out in order, and each gets its own answer', async () => {
      await own.open();

      const lengths = await Promise.all(
        numbers.map((number) => redis.run((commands) => commands.rpush('list', number))),
      );

      expect(lengths).toEqual(numbers.map((number) => number + 1));
      expect(await admin.lrange('list', 0, -1)).toEqual(numbers.map(String));
    });

    it('leave together, on the next connection as well', async () => {
      await own.open();
      for (const generation of [1, 2]) {
        if (generation > 1) await breakConnections();
        await eventually(() => expect([redis.generation, redis.state]).toEqual([generation, 'connected']));
        const before = await readsSoFar();

        await Promise.all(numbers.map((number) => redis.run((commands) => commands.set('last', number))));

        // A write for each piece of 1.5 KB; the admin asked twice, and heartbeats may have come.
        expect((await readsSoFar()) - before).toBeLessThan(COUNT / 5);
      }
    });

    it('fail alone', async () => {
      await own.open();
      await admin.set('text', 'a');

      const answers = await Promise.allSettled([
        redis.run((commands) => commands.set('x', '1')),
        redis.run((commands) => commands.incr('text')),
        redis.run((commands) => commands.incr('x')),
      ]);

      expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.status))).toEqual(
        ['OK', 'rejected', 2],
      );
    });

    it('all fail when the connection breaks before they are answered, and the next ones do not', async () => {
      await own.open();
      server.freeze();
      const asked = Promise.allSettled(numbers.map(() => redis.run((commands) => commands.incr('count'))));
      await server.kill();

      expect(new Set((await asked).map(({ status }) => status))).toEqual(new Set(['rejected']));

      await server.start();
      await eventually(() => expect(redis.generation).toBe(2));
      expect(await redis.run((commands) => commands.incr('count'))).toBe(1);
    });
  });
});
