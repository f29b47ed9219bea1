import { type RedisLink, RedisUnavailableError } from '../../../src/platform/redis/index.js';
import { eventually } from '../../support/eventually.js';
import { InterceptedRedis } from '../../support/intercepted-redis.js';
import { type PresenceInstance, startPresence } from '../../support/presence.js';
import { PresenceClient } from '../../support/presence-client.js';
import { RedisServer } from '../../support/redis-server.js';

const EVERYBODY = [{ userId: 'ann' }, { userId: 'bob' }];

/** Lists and numbers that an instance gets when it says that it lives. */
const LEASE_ANSWER = 5;

describe('presence on two instances', () => {
  let server: RedisServer;
  let a: PresenceInstance;
  let b: PresenceInstance;

  beforeEach(async () => {
    server = await RedisServer.start();
    [a, b] = await Promise.all([startPresence({ url: server.url }), startPresence({ url: server.url })]);
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    await server.stop();
  });

  it('shows everybody to everybody, and what they show', async () => {
    const ann = await PresenceClient.enter(a, 'ann');
    ann.show({ cursor: 1, note: 'x' });
    const bob = await PresenceClient.enter(b, 'bob');
    ann.show({ cursor: 2, note: null, ['__proto__']: 'p' });
    bob.show({ cursor: 3 });

    const expected = [expect.objectContaining({ userId: 'ann', cursor: 2 }), { userId: 'bob', cursor: 3 }];
    await eventually(() => expect([ann.seen, bob.seen]).toEqual([expected, expected]));
    const present = await b.hub.present('1', '7');
    expect(present.map(({ userId, state }) => [userId, state.note ?? 'none'])).toEqual(
      expect.arrayContaining([
        ['ann', 'none'],
        ['bob', 'none'],
      ]),
    );

    bob.connection?.end({ isAbnormal: false });
    await eventually(() => expect(ann.seen).toHaveLength(1));
  });

  it('says on an instance with nobody in the layout who is there, and nobody when the last one went', async () => {
    const ann = await PresenceClient.enter(a, 'ann');
    await eventually(async () =>
      expect((await b.hub.present('1', '7')).map(({ name }) => name)).toEqual(['ann']),
    );

    ann.connection?.leave('7');

    await eventually(async () => expect(await b.hub.present('1', '7')).toEqual([]));
  });

  it('is the same on both after many changes at once, comings and goings included', async () => {
    const clients = await Promise.all(
      Array.from({ length: 12 }, (_, n) => PresenceClient.enter(n % 2 === 0 ? a : b, `u${n}`)),
    );
    for (let round = 0; round < 200; round += 1) {
      for (const [n, client] of clients.entries())
        client.show({ cursor: `${round}.${n}`, [`k${round % 3}`]: round });
      if (round % 20 === 0) {
        clients.shift()?.connection?.end({ isAbnormal: false });
        clients.push(await PresenceClient.enter(round % 40 === 0 ? a : b, `v${round}`));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }

    await eventually(() => {
      const [first] = clients;
      expect(first?.seen).toHaveLength(clients.length);
      for (const client of clients) expect(client.seen).toEqual(first?.seen);
    });
  });

  it('replaces a lost connection by one on another instance', async () => {
    const [ann, bob] = [await PresenceClient.enter(a, 'ann'), await PresenceClient.enter(b, 'bob')];
    await eventually(() => expect(ann.seen).toHaveLength(2));

    bob.close();
    await PresenceClient.enter(a, 'bob');

    await eventually(() => expect(ann.seen).toEqual([{ userId: 'ann' }, { userId: 'bob' }]));
  });

  it('agrees again after Redis was restarted and had lost everything', async () => {
    const [ann, bob] = [await PresenceClient.enter(a, 'ann'), await PresenceClient.enter(b, 'bob')];
    await eventually(() => expect([ann.seen.length, bob.seen.length]).toEqual([2, 2]));

    await server.kill();
    ann.show({ cursor: 'unheard' });
    const cid = await PresenceClient.enter(b, 'cid');
    await server.start();

    const expected = [{ userId: 'ann', cursor: 'unheard' }, { userId: 'bob' }, { userId: 'cid' }];
    await eventually(() => expect([ann.seen, bob.seen, cid.seen]).toEqual([expected, expected, expected]));
  });

  it('goes on beside what nobody can read', async () => {
    const ann = await PresenceClient.enter(a, 'ann');
    const [layout, bus] = ['layout', 'bus'].map((kind) => `plimsoll:presence:${kind}:{test:1:layout:7}`);
    for (const text of ['', '{', 'null', '7', '{"from":"x"}', '9 [', '9 [null]'])
      await b.redis.run((commands) =>
        Promise.all([
          commands.hset(layout ?? '', b.instanceId, text),
          commands.publish(bus ?? '', `x ${text}`),
        ]),
      );

    expect(await a.hub.present('1', '7')).toHaveLength(1);
    const bob = await PresenceClient.enter(b, 'bob');
    const cid = await PresenceClient.enter(a, 'cid', '8');

    expect(cid.seen).toHaveLength(1);
    await eventually(() => expect([ann.seen, bob.seen]).toEqual(Array(2).fill(EVERYBODY)));
  });

  it('takes nothing away of an instance that came while it was asked who lives', async () => {
    let [isHeld, isRead, answer] = [false, false, (): void => undefined];
    const late = new Promise<void>((resolve) => (answer = resolve));
    let redis: InterceptedRedis | undefined;
    const c = await startPresence({
      url: server.url,
      through: (link) => (redis = new InterceptedRedis(link)),
    });
    if (redis === undefined) throw new TypeError('presence asks through it');
    redis.intercept = async (send) => {
      const found = await send();
      isRead ||= typeof found === 'object' && found !== null && b.instanceId in found;
      if (isHeld || !Array.isArray(found) || found.length !== LEASE_ANSWER) return found;
      isHeld = true;
      await late;
      return found;
    };
    await eventually(() => expect(isHeld).toBe(true));

    const d = await startPresence({ url: server.url });
    await Promise.all([PresenceClient.enter(b, 'bob'), PresenceClient.enter(d, 'dan')]);
    await eventually(async () => expect(await a.hub.present('1', '7')).toHaveLength(2));
    const present = c.hub.present('1', '7');
    await eventually(() => expect(isRead).toBe(true));
    answer();

    expect((await present).map(({ userId }) => userId).sort()).toEqual(['bob', 'dan']);
    expect(await a.hub.present('1', '7')).toHaveLength(2);
    await Promise.all([c.close(), d.close()]);
  });

  it('shows what was lost on the way when nothing follows it', async () => {
    let redis: InterceptedRedis | undefined;
    const through = (link: RedisLink): RedisLink => (redis = new InterceptedRedis(link));
    const c = await startPresence({ url: server.url, through });
    const [ann, bob] = [await PresenceClient.enter(a, 'ann'), await PresenceClient.enter(c, 'bob')];
    await eventually(() => expect([ann.seen, bob.seen]).toEqual(Array(2).fill(EVERYBODY)));
    // The first message is heard; the last one is not sent.
    if (redis !== undefined) redis.intercept = () => Promise.reject(new RedisUnavailableError('cut'));
    bob.show({ cursor: 'last' });
    await eventually(() => expect(c.hub.figures().coordination.failures).toBeGreaterThan(0));
    if (redis !== undefined) redis.intercept = (send) => send();

    await eventually(() => expect(ann.seen[1]).toEqual({ userId: 'bob', cursor: 'last' }));
    if (redis !== undefined) redis.intercept = () => Promise.reject(new RedisUnavailableError('cut'));
    const { failures } = c.hub.figures().coordination;
    bob.connection?.leave('7');
    await eventually(() => expect(c.hub.figures().coordination.failures).toBeGreaterThan(failures));
    if (redis !== undefined) redis.intercept = (send) => send();

    await eventually(() => expect(ann.seen).toHaveLength(1));
    await c.close();
  });

  it('brings messages of the bus to the others only, in order, until it is ended', async () => {
    const heard: Record<'a' | 'b', string[]> = { a: [], b: [] };
    let ready = 0;
    const end = a.bus.listen(
      '1:jobs',
      (message) => heard.a.push(message),
      () => (ready += 1),
    );
    b.bus.listen(
      '1:jobs',
      (message) => heard.b.push(message),
      () => (ready += 1),
    );
    await eventually(() => expect(ready).toBe(2));

    for (let n = 0; n < 100; n += 1) a.bus.publish('1:jobs', `message ${n}`);
    await eventually(() => expect(heard.b).toHaveLength(100));
    b.bus.publish('1:jobs', 'one');
    await eventually(() => expect(heard.a).toEqual(['one']));
    end();
    b.bus.publish('1:jobs', 'two');
    const subscribed = (): Promise<unknown[]> =>
      a.redis.run((commands) => commands.pubsub('NUMSUB', 'plimsoll:presence:bus:{test:1:jobs}'));
    await eventually(async () => expect((await subscribed())[1]).toBe(1));

    expect(heard.b).toEqual(Array.from({ length: 100 }, (_, n) => `message ${n}`));
    expect(heard.a).toEqual(['one']);
  });
});
