import type { RedisLink } from '../../../src/platform/redis/index.js';
import { eventually } from '../../support/eventually.js';
import { FakeClock } from '../../support/fake-clock.js';
import { InterceptedRedis } from '../../support/intercepted-redis.js';
import { PresenceClient } from '../../support/presence-client.js';
import { type PresenceInstance, startPresence } from '../../support/presence.js';
import { RedisServer } from '../../support/redis-server.js';

/** 15 s, and some for a busy machine. */
const GONE_WITHIN_MS = 20_000;
const PLACES = 4;

describe('presence when an instance is lost', () => {
  let server: RedisServer;
  let survivor: PresenceInstance;
  let lost: PresenceInstance;

  beforeEach(async () => {
    server = await RedisServer.start();
    const options = { url: server.url, settings: { maxConnectionsPerTenant: PLACES } };
    [survivor, lost] = await Promise.all([startPresence(options), startPresence(options)]);
  });
  afterEach(async () => {
    await Promise.all([survivor.close(), lost.close()]);
    await server.stop();
  });

  const linked = (): Promise<string[]> =>
    survivor.redis.run((commands) => commands.smembers('plimsoll:presence:instances:{test:}:linked'));
  const places = (): Promise<number> =>
    survivor.redis.run((commands) => commands.zcard('plimsoll:presence:places:{test:1}:tenant'));

  it('lets those who come back in at their first try, however full it was, and nobody else', async () => {
    await PresenceClient.enter(survivor, 'ann');
    const ended = await Promise.all(['bob', 'cid', 'dan'].map((userId) => lost.connect(userId)));
    await expect(survivor.connect('eve')).rejects.toMatchObject({ code: 'PRESENCE_LIMIT_REACHED' });

    await lost.cutOff();
    const back = await Promise.allSettled(ended.map(({ identity: { userId } }) => survivor.connect(userId)));

    expect(back.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    await expect(survivor.connect('eve')).rejects.toMatchObject({ code: 'PRESENCE_LIMIT_REACHED' });
    expect(survivor.hub.figures().coordination).toMatchObject({ mode: 'shared', instances: 1 });
  }, 30_000);

  it('takes nothing from one that only stands still, or connects again', async () => {
    const stopped = new FakeClock();
    const still = await startPresence({ url: server.url, clock: stopped });
    for (const userId of ['bob', 'cid']) await still.connect(userId);
    for (const userId of ['dan', 'eve']) await survivor.connect(userId);
    await eventually(async () => {
      await stopped.advance(500);
      expect(await linked()).toContain(still.instanceId);
    });
    const killed = performance.now();

    await survivor.redis.run((commands) => commands.client('KILL', 'TYPE', 'PUBSUB'));
    // Longer than a dead one would hold its places.
    while (performance.now() - killed < 2_500) {
      await expect(survivor.connect('fay')).rejects.toMatchObject({ code: 'PRESENCE_LIMIT_REACHED' });
    }
    await still.close();
  }, 30_000);

  it('has the places of an instance again that was taken for dead, as soon as it is back', async () => {
    const clock = new FakeClock();
    let redis: InterceptedRedis | undefined;
    const through = (link: RedisLink): RedisLink => (redis = new InterceptedRedis(link));
    const still = await startPresence({ url: server.url, clock, through });
    for (const userId of ['bob', 'cid', 'dan', 'eve']) await still.connect(userId);
    await eventually(async () => {
      await clock.advance(500);
      expect(await linked()).toContain(still.instanceId);
    });

    redis?.stopListening();
    await eventually(async () => expect(await survivor.connect('fay')).toBeDefined(), { withinMs: 10_000 });
    expect(await places()).toBe(1);

    const back = async (): Promise<void> => {
      await clock.advance(500);
      expect(await places()).toBe(PLACES + 1);
    };
    await eventually(back, { withinMs: 10_000 });
    await expect(survivor.connect('gus')).rejects.toMatchObject({ code: 'PRESENCE_LIMIT_REACHED' });
    await still.close();
  }, 30_000);

  it('takes out who was there and frees their places within 15 s, and nobody else’s', async () => {
    const ann = await PresenceClient.enter(survivor, 'ann');
    for (const userId of ['bob', 'cid', 'dan']) await PresenceClient.enter(lost, userId);
    await eventually(() => expect(ann.seen).toHaveLength(PLACES));
    await expect(survivor.connect('eve')).rejects.toMatchObject({ code: 'PRESENCE_LIMIT_REACHED' });

    await lost.cutOff();

    const entered = eventually(() => PresenceClient.enter(survivor, 'eve'), { withinMs: GONE_WITHIN_MS });
    const gone = { withinMs: GONE_WITHIN_MS };
    await eventually(() => expect(ann.seen).toEqual([{ userId: 'ann' }, { userId: 'eve' }]), gone);
    await entered;
    const present = await survivor.hub.present('1', '7');
    expect(present.map(({ userId }) => userId)).toEqual(['ann', 'eve']);
    const free = await Promise.allSettled(['f', 'g', 'h'].map((userId) => survivor.connect(userId)));
    expect(free.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(survivor.hub.figures().coordination).toMatchObject({ mode: 'shared', instances: 1 });
  }, 60_000);
});
