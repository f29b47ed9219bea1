import { FakeClock } from '../../test/support/fake-clock.js';
import type { Channel } from './channels/channel.js';
import type { Connection } from './connections/connection.js';
import type { Outlet } from './connections/outlet.js';
import { LocalBus } from './coordination/local-bus.js';
import { LocalLimits } from './coordination/local-limits.js';
import { LocalPresence } from './coordination/local-presence.js';
import { PresenceHub } from './presence-hub.js';
import { SERVER_MESSAGES, type ServerMessageOf } from './protocol/server-messages.js';

const INTERVAL_MS = 50;
const LAYOUT: Channel = { kind: 'layout', tenantId: '1', layoutId: '7' };

/** Keeps what a client gets, as the protocol's schema reads it. */
class Inbox implements Outlet {
  readonly diffs: ServerMessageOf<'presence.diff'>[] = [];
  readonly states: ServerMessageOf<'presence.state'>[] = [];
  readonly frames: Buffer[] = [];

  send(frame: Buffer): void {
    this.frames.push(frame);
    const message: unknown = JSON.parse(frame.toString());
    const diff = SERVER_MESSAGES['presence.diff'].safeParse(message);
    if (diff.success) this.diffs.push(diff.data);
    const state = SERVER_MESSAGES['presence.state'].safeParse(message);
    if (state.success) this.states.push(state.data);
  }
}

describe('PresenceHub', () => {
  const clock = new FakeClock();
  let hub: PresenceHub;
  let ids = 0;

  beforeEach(() => {
    const limits = new LocalLimits({ tenant: 5, user: 4, layout: 3 });
    hub = new PresenceHub({
      config: { batchIntervalMs: INTERVAL_MS, maxBatchSize: 100 },
      clock,
      limits,
      ways: { bus: new LocalBus(), shared: new LocalPresence(), clock },
      instanceId: 'here',
      coordination: () => ({ mode: 'local', aloneForMs: 0, instances: 1, failures: 0 }),
    });
  });
  afterEach(() => hub.close());

  const connect = async (userId = 'u', outlet: Outlet = new Inbox()): Promise<Connection> => {
    ids += 1;
    return hub.connect({ connectionId: `c${ids}`, tenantId: '1', userId, name: `name of ${userId}` }, outlet);
  };
  const enter = async (userId: string): Promise<{ connection: Connection; inbox: Inbox; id: string }> => {
    const inbox = new Inbox();
    const connection = await connect(userId, inbox);
    await connection.join('7');
    return { connection, inbox, id: connection.identity.connectionId };
  };

  it('shows a joining connection everybody who is there, itself included', async () => {
    const first = await enter('ann');
    first.connection.update('7', { cursor: { x: 1 }, ['__proto__']: 1 });

    const { users } = await (await connect('bob')).join('7');

    expect(users.map(({ userId }) => userId)).toEqual(['ann', 'bob']);
    expect(Object.entries(users[0]?.state ?? {})).toEqual([
      ['cursor', { x: 1 }],
      ['__proto__', 1],
    ]);
  });

  it('tells the first change at once, and of the next ones only the last, once an interval', async () => {
    const { connection, inbox, id } = await enter('ann');
    await clock.advance(INTERVAL_MS);
    expect(inbox.diffs).toHaveLength(1);
    inbox.diffs.length = 0;

    connection.update('7', { cursor: 1 });
    await clock.advance(0);
    for (const cursor of [2, 3, 4]) connection.update('7', { cursor, note: 'n' });
    await clock.advance(INTERVAL_MS - 1);
    expect(inbox.diffs).toHaveLength(1);
    await clock.advance(1);

    const states = inbox.diffs.map(({ updates }) => updates);
    expect(states).toEqual([
      [{ connectionId: id, state: { cursor: 1 } }],
      [{ connectionId: id, state: { cursor: 4, note: 'n' } }],
    ]);
  });

  it('goes on as another user, with its state, its place and theirs', async () => {
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    ann.connection.update('7', { cursor: 1 });
    await clock.advance(INTERVAL_MS);
    bob.inbox.diffs.length = 0;

    await ann.connection.become({ userId: 'zoe', name: 'Zoe' });
    ann.connection.update('7', { tool: 'pen' });
    await clock.advance(INTERVAL_MS);

    const renamed = { connectionId: ann.id, userId: 'zoe', name: 'Zoe', state: { cursor: 1, tool: 'pen' } };
    expect(bob.inbox.diffs).toMatchObject([
      { leaves: [{ connectionId: ann.id, userId: 'ann' }], joins: [renamed], updates: [] },
    ]);
    expect((await bob.connection.join('7')).users).toHaveLength(2);
    ann.connection.end({ isAbnormal: false });
    // All five places of the tenant are free but one, and all four of a user.
    for (let place = 0; place < 4; place += 1) await connect('zoe');
    await expect(connect('ann')).rejects.toMatchObject({ details: { scope: 'tenant' } });
  });

  it('stays who it is when there is no place for the other user', async () => {
    for (let place = 0; place < 4; place += 1) await connect('zoe');
    const ann = await enter('ann');

    const becoming = ann.connection.become({ userId: 'zoe', name: 'Zoe' });

    await expect(becoming).rejects.toMatchObject({
      code: 'PRESENCE_LIMIT_REACHED',
      details: { scope: 'user' },
    });
    expect(ann.connection.identity.userId).toBe('ann');
    expect((await ann.connection.join('7')).users).toMatchObject([{ userId: 'ann' }]);
    await expect(connect('ann')).rejects.toMatchObject({ details: { scope: 'tenant' } });
  });

  it('makes one frame for all who get it', async () => {
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    await clock.advance(INTERVAL_MS);

    ann.connection.update('7', { cursor: 1 });
    await clock.advance(INTERVAL_MS);

    expect(ann.inbox.frames.at(-1)).toBe(bob.inbox.frames.at(-1));
  });

  it('says nothing of who comes and goes within a window, unless somebody has seen it', async () => {
    const ann = await enter('ann');
    await clock.advance(INTERVAL_MS);
    ann.inbox.diffs.length = 0;

    const bob = await enter('bob');
    bob.connection.end({ isAbnormal: false });
    await clock.advance(INTERVAL_MS);
    // Whoever joins has the others in its answer; so it must hear that bob is gone.
    const again = await enter('bob');
    const { inbox } = await enter('cid');
    again.connection.end({ isAbnormal: false });
    await clock.advance(INTERVAL_MS);

    const leaves = ann.inbox.diffs.flatMap((diff) => diff.leaves);
    expect(leaves.filter(({ connectionId }) => connectionId === again.id)).toHaveLength(1);
    expect(inbox.diffs.flatMap((diff) => diff.leaves)).toContainEqual({
      connectionId: again.id,
      userId: 'bob',
    });
  });

  it('shows a lost connection for ten seconds more, and frees its place at once', async () => {
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    await clock.advance(INTERVAL_MS);

    bob.connection.end({ isAbnormal: true });
    await enter('cid');
    await enter('dan');
    await clock.advance(9_000);
    expect(ann.inbox.diffs.flatMap((diff) => diff.leaves)).toEqual([]);

    await clock.advance(1_100);
    expect(ann.inbox.diffs.flatMap((diff) => diff.leaves)).toEqual([{ connectionId: bob.id, userId: 'bob' }]);
  });

  it('replaces a lost connection by the next one of its user, in one frame', async () => {
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    await clock.advance(INTERVAL_MS);
    ann.inbox.diffs.length = 0;

    bob.connection.end({ isAbnormal: true });
    const back = await enter('bob');
    await clock.advance(INTERVAL_MS);

    const [diff] = ann.inbox.diffs;
    expect([diff?.joins.map(({ connectionId }) => connectionId), diff?.leaves]).toEqual([
      [back.id],
      [{ connectionId: bob.id, userId: 'bob' }],
    ]);
  });

  it('refuses the connection too many of a tenant, user and layout, and lets the next in when one goes', async () => {
    const all = [await enter('ann'), await enter('ann'), await enter('ann')];
    const outside = await connect('bob');

    await expect(outside.join('7')).rejects.toMatchObject({
      code: 'PRESENCE_LIMIT_REACHED',
      scope: 'layout',
    });
    await connect('ann');
    await expect(connect('ann')).rejects.toMatchObject({ details: { scope: 'tenant', limit: 5 } });
    outside.end({ isAbnormal: false });
    await expect(connect('ann')).rejects.toMatchObject({ details: { scope: 'user', limit: 4 } });

    all[0]?.connection.end({ isAbnormal: true });
    expect((await (await connect('bob')).join('7')).users).toHaveLength(4);
    expect(hub.figures().refusals).toEqual({ tenant: 1, user: 1, layout: 1 });
  });

  it('takes a layout once however often it is joined at once, and none when the connection ends meanwhile', async () => {
    const connection = await connect('ann');

    const [one, two] = await Promise.all([connection.join('7'), connection.join('7')]);
    expect([one.users.length, two.users.length]).toEqual([1, 1]);
    const late = connection.join('8');
    connection.end({ isAbnormal: false });

    await expect(late).rejects.toMatchObject({ code: 'PRESENCE_CONNECTION_ENDED' });
    await expect(connection.join('9')).rejects.toMatchObject({ code: 'PRESENCE_CONNECTION_ENDED' });
    expect(hub.figures()).toMatchObject({ connections: 0, layouts: 0, members: 0, channels: 0 });
    expect(clock.pending).toBe(0);
  });

  it('bounds what a connection shows and subscribes to, and changes nothing when it is too much', async () => {
    const { connection } = await enter('ann');
    connection.update('7', { keep: 1 });

    expect(() => connection.update('7', { keep: 2, big: 'x'.repeat(5_000) })).toThrow('4096');
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, key) => [`k${key}`, 1]));
    expect(() => connection.update('7', many)).toThrow('16');
    expect(() => connection.update('8', { keep: 1 })).toThrow('not in layout 8');
    expect((await hub.present('1', '7'))[0]?.state).toEqual({ keep: 1 });
    expect(() => {
      for (let n = 0; n < 200; n += 1)
        connection.subscribe({ kind: 'source', tenantId: '1', source: `s${n}` });
    }).toThrow('200');
  });

  it('sends the whole state to who reads too slowly', async () => {
    const [ann, bob] = [await enter('ann'), await enter('bob')];

    ann.connection.refresh('7');

    expect(ann.inbox.states[0]?.users.map(({ connectionId }) => connectionId)).toEqual([ann.id, bob.id]);
    expect(bob.inbox.states).toEqual([]);
  });

  it('publishes to the subscribers of a channel, and makes no frame for nobody', async () => {
    const inbox = new Inbox();
    const connection = await connect('ann', inbox);
    const seen: string[] = [];
    hub.watch('layout', { opened: () => seen.push('opened'), closed: () => seen.push('closed') });
    const frame = Buffer.from('{}');
    const fail = (): never => {
      throw new TypeError('made for nobody');
    };

    expect(hub.publish(LAYOUT, { frame: fail, lane: 'reliable' })).toBe(0);
    connection.subscribe(LAYOUT);
    connection.subscribe(LAYOUT);
    expect(hub.publish(LAYOUT, { frame: () => frame, lane: 'reliable', seq: 1 })).toBe(1);
    const sunk: (number | undefined)[] = [];
    connection.subscribe(LAYOUT, ({ seq }) => sunk.push(seq));
    hub.publish(LAYOUT, { frame, lane: 'reliable', seq: 2 });
    expect([connection.unsubscribe(LAYOUT), connection.unsubscribe(LAYOUT)]).toEqual([true, false]);

    expect(inbox.frames).toEqual([frame]);
    expect([sunk, seen]).toEqual([[2], ['opened', 'closed']]);
  });
});
