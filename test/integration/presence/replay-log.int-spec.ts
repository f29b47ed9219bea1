import type { LoggedEvent } from '../../../src/presence/index.js';
import { type RedisLink, RedisUnavailableError } from '../../../src/platform/redis/index.js';
import { eventually } from '../../support/eventually.js';
import { type PresenceInstance, startPresence } from '../../support/presence.js';
import { RedisServer } from '../../support/redis-server.js';
import { InterceptedRedis } from '../../support/intercepted-redis.js';
import { redisUrl } from '../../support/test-servers.js';

const KEY = '1:source:shop';
const EVENTS_KEPT = 256;

/** What a listener hears. */
class Heard {
  readonly events: (LoggedEvent & { readonly epoch: string })[] = [];
  gaps = 0;
  readonly end: () => void;

  constructor({ log }: PresenceInstance, key = KEY) {
    this.end = log.listen(
      key,
      (event, epoch) => this.events.push({ ...event, epoch }),
      () => (this.gaps += 1),
    );
  }

  get payloads(): string[] {
    return this.events.map(({ payload }) => payload);
  }
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe.each([
  ['in the process', () => ({})],
  ['in Redis', () => ({ url: redisUrl(), namespace: `log-${process.pid}-${performance.now()}` })],
])('ReplayLog %s', (_, options) => {
  let instance: PresenceInstance;

  beforeEach(async () => {
    instance = await startPresence(options());
  });
  afterEach(() => instance.close());

  it('brings events in order, numbered without gaps, and hears nothing after it has ended', async () => {
    const heard = new Heard(instance);
    const start = await instance.log.end(KEY);

    for (const payload of ['a', 'b c', '{"d":"é"}']) await instance.log.append(KEY, payload);
    await eventually(() => expect(heard.payloads).toEqual(['a', 'b c', '{"d":"é"}']));
    heard.end();
    const other = new Heard(instance);
    await instance.log.end(KEY);
    await instance.log.append(KEY, 'e');
    await eventually(() => expect(other.payloads).toEqual(['e']));

    expect(heard.events.map(({ seq, epoch }) => [seq - start.seq, epoch])).toEqual(
      [1, 2, 3].map((seq) => [seq, start.epoch]),
    );
    expect(await instance.log.end(KEY)).toEqual({ epoch: start.epoch, seq: start.seq + 4 });
    expect(heard.payloads).toHaveLength(3);
  });

  it('gives all that came after a position, or says that some of it is gone', async () => {
    const start = await instance.log.end(KEY);
    await Promise.all(numbers(1, 300).map((payload) => instance.log.append(KEY, payload)));
    const end = { epoch: start.epoch, seq: start.seq + 300 };

    const late = await instance.log.since(KEY, { ...start, seq: start.seq + 44 });
    const payloads = late.isWhole ? late.events.map(({ payload }) => payload) : [];
    expect(payloads).toEqual(numbers(45, 300));
    expect(payloads).toHaveLength(EVENTS_KEPT);
    expect(late.end).toEqual(end);
    expect(await instance.log.since(KEY, end)).toEqual({ isWhole: true, events: [], end });
    const gone = [
      { ...start, seq: start.seq + 43 },
      { ...start, seq: start.seq + 301 },
      { epoch: 'another', seq: start.seq + 299 },
    ];
    for (const position of gone) {
      expect(await instance.log.since(KEY, position)).toEqual({ isWhole: false, end });
    }
  });

  it('keeps 256 KiB at most', async () => {
    const start = await instance.log.end(KEY);
    const payload = 'x'.repeat(100 * 1_024);
    for (let n = 0; n < 4; n += 1) await instance.log.append(KEY, payload);

    const [two, three] = await Promise.all(
      [2, 1].map((seq) => instance.log.since(KEY, { ...start, seq: start.seq + seq })),
    );

    expect([two?.isWhole, three?.isWhole]).toEqual([true, false]);
  });

  it('keeps nothing of a channel that nobody asked for', async () => {
    await instance.log.append('1:source:unseen', 'a');

    expect(await instance.log.end('1:source:unseen')).toMatchObject({ seq: 0 });
  });
});

describe('ReplayLog in Redis, of names that clients invent', () => {
  it('keeps nothing longer than a minute', async () => {
    const namespace = `names-${process.pid}-${performance.now()}`;
    const instance = await startPresence({ url: redisUrl(), namespace });
    const names = Array.from({ length: 50 }, (_, n) => `1:source:invented ${n}`);
    const heard = names.map((name) => new Heard(instance, name));
    await Promise.all(names.map((name) => instance.log.end(name)));
    await instance.log.append(names[0] ?? '', 'written');
    await eventually(() => expect(heard[0]?.payloads).toEqual(['written']));

    const keys = await instance.redis.run((commands) =>
      commands.keys(`plimsoll:presence:log:{${namespace}:*`),
    );
    const lives = await Promise.all(keys.map((key) => instance.redis.run((commands) => commands.pttl(key))));

    expect(keys).toHaveLength(names.length + 1);
    expect(Math.min(...lives)).toBeGreaterThan(0);
    expect(Math.max(...lives)).toBeLessThanOrEqual(60_000);
    await instance.close();
  });
});

describe('ReplayLog on two instances', () => {
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

  it('has one order for both, whoever adds', async () => {
    const [atA, atB] = [new Heard(a), new Heard(b)];
    await Promise.all([a.log.end(KEY), b.log.end(KEY)]);

    await Promise.all(numbers(1, 200).map((n, index) => (index % 2 === 0 ? a : b).log.append(KEY, n)));
    await eventually(() => expect([atA.events.length, atB.events.length]).toEqual([200, 200]));

    expect(atA.events).toEqual(atB.events);
    expect(atA.events.map(({ seq }) => seq)).toEqual(numbers(1, 200).map(Number));
    expect([atA.gaps, atB.gaps]).toEqual([0, 0]);
  });

  it('fills in what was told while a subscription was broken', async () => {
    const heard = new Heard(b);
    await b.log.end(KEY);
    await a.log.append(KEY, '1');
    await eventually(() => expect(heard.payloads).toEqual(['1']));

    // Only the subscriptions are broken: the log goes on.
    await a.redis.run((commands) => commands.client('KILL', 'TYPE', 'PUBSUB'));
    for (const payload of numbers(2, 20)) await a.log.append(KEY, payload);

    await eventually(() => expect(heard.payloads).toEqual(numbers(1, 20)));
    expect(heard.gaps).toBe(0);
  });

  it('tells an event once whose answer came too late, and goes on with the same log', async () => {
    let late: InterceptedRedis | undefined;
    const through = (link: RedisLink): RedisLink => (late = new InterceptedRedis(link));
    const c = await startPresence({ url: server.url, through });
    const [atB, atC] = [new Heard(b), new Heard(c)];
    await Promise.all([b.log.end(KEY), c.log.end(KEY)]);

    if (late !== undefined) {
      late.intercept = async (send) => {
        await send();
        await eventually(() => expect(atC.payloads).toContain('late'));
        throw new RedisUnavailableError('late');
      };
    }
    await c.log.append(KEY, 'late');
    if (late !== undefined) late.intercept = (send) => send();
    await c.log.append(KEY, 'next');

    await eventually(() => expect(atB.payloads).toEqual(['late', 'next']));
    await eventually(() => expect(atC.payloads).toEqual(['late', 'next']));
    expect([atB.gaps, atC.gaps]).toEqual([0, 0]);
    await c.close();
  });

  it('is a gap for the others when an event was not logged, also when none follows', async () => {
    let cut: InterceptedRedis | undefined;
    const through = (link: RedisLink): RedisLink => (cut = new InterceptedRedis(link));
    const c = await startPresence({ url: server.url, through });
    const atB = new Heard(b);
    await Promise.all([b.log.end(KEY), c.log.end(KEY)]);
    await c.log.append(KEY, 'told');
    await eventually(() => expect(atB.payloads).toEqual(['told']));

    if (cut !== undefined) cut.intercept = () => Promise.reject(new RedisUnavailableError('cut'));
    await c.log.append(KEY, 'lost');
    if (cut !== undefined) cut.intercept = (send) => send();
    await b.redis.run((commands) => commands.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES'));

    await eventually(() => expect(atB.gaps).toBeGreaterThan(0));
    expect(atB.payloads).toEqual(['told']);
    await c.close();
  });

  it('is a gap for who could not ask where it ends, although nothing follows', async () => {
    let cut: InterceptedRedis | undefined;
    const through = (link: RedisLink): RedisLink => (cut = new InterceptedRedis(link));
    const c = await startPresence({ url: server.url, through });
    await b.log.end(KEY);

    if (cut !== undefined) cut.intercept = () => Promise.reject(new RedisUnavailableError('cut'));
    const atC = new Heard(c);
    await c.log.end(KEY);
    await b.log.append(KEY, 'missed');
    if (cut !== undefined) cut.intercept = (send) => send();

    await eventually(() => expect(atC.gaps).toBeGreaterThan(0));
    await b.log.append(KEY, 'next');
    await eventually(() => expect(atC.payloads).toContain('next'));
    await c.close();
  });

  it('is a gap for all when Redis has lost it, and goes on with both', async () => {
    const [atA, atB] = [new Heard(a), new Heard(b)];
    const before = await a.log.end(KEY);
    await a.log.append(KEY, 'lost');
    await eventually(() => expect(atB.payloads).toEqual(['lost']));

    await server.kill();
    await a.log.append(KEY, 'alone');
    expect(atA.payloads).toEqual(['lost', 'alone']);
    await server.start();
    await eventually(() => expect([atA.gaps > 0, atB.gaps > 0]).toEqual([true, true]), { withinMs: 10_000 });
    await eventually(async () => {
      await a.log.append(KEY, 'again');
      expect([atA.payloads.at(-1), atB.payloads.at(-1)]).toEqual(['again', 'again']);
    });

    expect(await b.log.since(KEY, before)).toMatchObject({ isWhole: false });
  }, 20_000);
});
