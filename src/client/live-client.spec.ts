import { FakeClock } from '../../test/support/fake-clock.js';
import { CLOSE_CODES } from '../presence/protocol/close-codes.js';
import { ClientSubscribedError } from './errors.js';
import { LiveClient, type LiveClientOptions } from './live-client.js';
import type { ClientState } from './link.js';
import type { RegionChanged } from './messages.js';
import type { SocketConstructor } from './surroundings.js';
import { reachedState, ScriptedServer } from '../../test/support/scripted-server.js';

const change = (seq: number): RegionChanged => ({
  ...{ type: 'region.changed', layout: '7', seq, layoutVersion: seq, actor: '1', kind: 'update' },
  ...{ at: '2026-01-01T00:00:00Z', changes: [] },
});

const REGION = { x: 0, y: 0, width: 4, height: 2, kind: 'chart' };

describe('LiveClient', () => {
  let clock: FakeClock;
  let server: ScriptedServer;
  let states: ClientState[];
  let client: LiveClient;

  beforeEach(() => {
    clock = new FakeClock();
    server = new ScriptedServer();
    states = [];
  });

  afterEach(() => client.close());

  async function connect(options: Partial<LiveClientOptions> = {}): Promise<void> {
    client = new LiveClient({
      url: 'ws://here/ws',
      token: 'plim_a_b',
      webSocket: server.socketClass(),
      surroundings: {
        after: (delayMs, run) => {
          const timer = clock.after(delayMs, run);
          return () => timer.cancel();
        },
        monotonic: () => clock.monotonic(),
        fraction: () => 0.5,
      },
      onState: (state) => states.push(state),
      ...options,
    });
    await clock.advance(0);
  }

  it('brings its key as a subprotocol, and is open when it is welcomed', async () => {
    await connect();

    expect(server.latest.protocols).toEqual(['plimsoll.v1', 'bearer.plim_a_b']);
    expect(client.state.name).toBe('connecting');
    server.welcome();
    expect(client.state.name).toBe('open');
  });

  it('stops when its key can be no subprotocol, and says why', async () => {
    const errors: unknown[] = [];
    const webSocket = function refuse(): never {
      throw new SyntaxError('An invalid subprotocol was specified');
    } as unknown as SocketConstructor;

    await connect({ webSocket, token: 'no key', onError: (error) => errors.push(error) });

    expect(reachedState(states, 'stopped').why).toContain('key');
    expect(errors).toMatchObject([{ message: 'An invalid subprotocol was specified' }]);
  });

  it('connects again although a listener throws when the connection is lost', async () => {
    await connect();
    let calls = 0;
    client.layout('7', {
      onPresence: () => {
        calls += 1;
        throw new TypeError('of the page');
      },
    });
    server.welcome();

    expect(() => server.lose()).toThrow('of the page');

    expect(calls).toBe(1);
    expect(reachedState(states, 'waiting').delayMs).toBeGreaterThan(0);
  });

  it('connects, follows and comes again although whoever hears of its state throws', async () => {
    const thrown: unknown[] = [];
    const onState = (): never => {
      throw new TypeError('of the page');
    };
    const after = (delayMs: number, run: () => void): (() => void) => {
      const timer = clock.after(delayMs, () => {
        try {
          run();
        } catch (error) {
          thrown.push(error);
        }
      });
      return () => timer.cancel();
    };
    const surroundings = { after, monotonic: () => clock.monotonic(), fraction: () => 0.5 };
    await connect({ onState, surroundings });
    client.layout('7');
    server.welcome();
    server.lose();
    await clock.advance(500);
    server.welcome();

    expect(server.sockets.map(({ sent }) => sent[0]?.type)).toEqual(['resume', 'resume']);
    // It is not hidden: connecting, open, waiting, connecting, open.
    await clock.advance(0);
    expect(thrown.map(String)).toEqual(Array.from({ length: 5 }, () => 'TypeError: of the page'));
  });

  it('asks after a loss for what came since the last event, and lets each through once and in order', async () => {
    await connect();
    const seen: number[] = [];
    client.layout('7', { since: 4, onRegionChange: ({ seq }) => seen.push(seq) });
    server.welcome();
    expect(server.latest.sent.at(-1)).toMatchObject({
      type: 'resume',
      targets: [{ layout: '7', sinceSeq: 4 }],
    });
    server.send(change(5), change(6));

    server.lose();
    await clock.advance(500);
    server.welcome();
    server.send(change(5), change(6), change(7));

    expect(server.sockets).toHaveLength(2);
    expect(server.latest.sent).toMatchObject([{ type: 'resume', targets: [{ layout: '7', sinceSeq: 6 }] }]);
    expect(seen).toEqual([5, 6, 7]);
  });

  it('asks once for an event that is missing, and goes on behind a gap', async () => {
    await connect();
    const seen: unknown[] = [];
    client.layout('7', {
      since: 1,
      onRegionChange: ({ seq }) => seen.push(seq),
      onGap: (seq) => seen.push({ gap: seq }),
    });
    server.welcome();
    server.send(change(2), change(4), change(5));

    expect(server.latest.sent.slice(1)).toMatchObject([
      { type: 'resume', targets: [{ layout: '7', sinceSeq: 2 }] },
    ]);
    server.send({ type: 'gap', target: { layout: '7' }, seq: 9 }, change(9), change(10));
    expect(seen).toEqual([2, { gap: 9 }, 10]);
  });

  it('tells what a layout is when that differs, and that it was deleted', async () => {
    await connect();
    const seen: unknown[] = [];
    const listener = {
      onLayout: ({ name, rows }: { readonly name: string; readonly rows: number }) => seen.push([name, rows]),
      onDeleted: () => seen.push('deleted'),
    };
    client.layout('7', listener);
    server.welcome();
    const about = { layoutVersion: 3, name: 'a', columns: 12, rows: 9 };
    const subscribed = { type: 'subscribed' as const, target: { layout: '7' }, seq: 0, users: [], about };

    server.send(subscribed, { type: 'layout.changed', layout: '7', ...about, layoutVersion: 4, rows: 5 });
    server.lose();
    await clock.advance(500);
    server.welcome();
    server.send({ ...subscribed, about: { ...about, layoutVersion: 4, rows: 5 } });
    server.send({ type: 'layout.deleted', layout: '7' });

    expect(seen).toEqual([['a', 9], ['a', 5], 'deleted']);
    expect(() => client.layout('7')).not.toThrow();
  });

  it('puts presence together, with keys of any name, and tells its own state again after a loss', async () => {
    await connect();
    const layout = client.layout('7');
    server.welcome();
    const user = { connectionId: 'a', userId: '1', name: 'Ann', joinedAt: '2026-01-01T00:00:00Z' };
    server.send(
      { type: 'subscribed', target: { layout: '7' }, seq: 0, users: [{ ...user, state: { tool: 'pen' } }] },
      {
        ...{
          type: 'presence.diff',
          layout: '7',
          leaves: [],
          joins: [{ ...user, connectionId: 'b', state: {} }],
        },
        updates: [{ connectionId: 'a', state: JSON.parse('{"__proto__": {"x": 1}, "tool": null}') as never }],
      },
    );
    layout.update({ cursor: { x: 1 } });
    layout.update({ cursor: { x: 2 } });
    await clock.advance(50);

    expect(layout.users().map(({ connectionId, state }) => [connectionId, JSON.stringify(state)])).toEqual([
      ['a', '{"__proto__":{"x":1}}'],
      ['b', '{}'],
    ]);
    expect(server.latest.sent.slice(1)).toMatchObject([
      { state: { cursor: { x: 1 } } },
      { state: { cursor: { x: 2 } } },
    ]);
    server.lose();
    expect(layout.users()).toEqual([]);
    await clock.advance(500);
    server.welcome();
    server.send({ type: 'subscribed', target: { layout: '7' }, seq: 0, users: [] });
    expect(server.latest.sent.at(-1)).toMatchObject({ type: 'presence.update', state: { cursor: { x: 2 } } });
  });

  it('answers a change with what became of it, with the refusal, or with the loss', async () => {
    await connect();
    const layout = client.layout('7');
    await expect(layout.create(REGION)).rejects.toMatchObject({ code: 'CLIENT_OFFLINE' });
    server.welcome();
    const [made, refused, lost] = [
      layout.create(REGION),
      layout.change('3', { x: 1 }, 2),
      layout.remove('3'),
    ];
    const lostly = expect(lost).rejects.toMatchObject({ code: 'CLIENT_ANSWER_LOST' });
    const refs = server.latest.sent.slice(1).map(({ ref }) => String(ref));

    server.send(
      { type: 'ack', ref: refs[0], seq: 5, layoutVersion: 8, regionIds: ['3'] },
      {
        ...{
          type: 'error',
          ref: refs[1],
          code: 'LAYOUT_VERSION_CONFLICT',
          message: 'older',
          retryable: false,
        },
        details: { version: 5 },
      },
    );
    server.lose();

    expect(await made).toMatchObject({ seq: 5, regionIds: ['3'] });
    await expect(refused).rejects.toMatchObject({ code: 'LAYOUT_VERSION_CONFLICT', details: { version: 5 } });
    await lostly;
  });

  it('does not send what the server would close the connection for', async () => {
    await connect();
    server.welcome({ maxFrameBytes: 200 });

    const sent = client.layout('7').create({ ...REGION, title: 'é'.repeat(100) });

    await expect(sent).rejects.toMatchObject({ code: 'CLIENT_MESSAGE_TOO_LARGE' });
  });

  it('waits longer each time while nobody answers, and begins anew after a connection that held', async () => {
    await connect();
    const delays: number[] = [];
    for (let lost = 0; lost < 9; lost += 1) {
      server.lose();
      delays.push(reachedState(states, 'waiting').delayMs);
      await clock.advance(delays.at(-1) ?? 0);
    }
    server.welcome();
    await clock.advance(6_000);
    server.lose();

    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    expect(reachedState(states, 'waiting').delayMs).toBe(250);
  });

  it('comes again after the time that the server asked for', async () => {
    await connect();
    server.send({
      ...{ type: 'error', code: 'PRESENCE_LIMIT_REACHED', message: 'full' },
      retryable: true,
      retryAfterMs: 5_000,
    });
    server.lose(CLOSE_CODES.LIMIT_REACHED.code);

    expect(reachedState(states, 'waiting').delayMs).toBe(5_250);
  });

  it('leaves a server that goes away within the time it was given', async () => {
    await connect();
    server.welcome();
    server.send({ type: 'going_away', reconnectWithinMs: 2_000 });

    await clock.advance(999);
    expect(client.state.name).toBe('open');
    await clock.advance(1_000);
    expect(server.sockets).toHaveLength(2);
  });

  it.each(['KEY_INVALID', 'FORBIDDEN', 'PROTOCOL_ERRORS', 'FRAME_TOO_LARGE'] as const)(
    'stops for good when it is closed with %s',
    async (reason) => {
      await connect();
      server.welcome();
      server.lose(CLOSE_CODES[reason].code);
      await clock.advance(120_000);

      expect(client.state).toEqual({ name: 'stopped', why: CLOSE_CODES[reason].meaning });
      expect(server.sockets).toHaveLength(1);
    },
  );

  it('asks for another key when the one it has expires, and stops when it gets the same', async () => {
    const asked: boolean[] = [];
    const keys = ['old', 'new', 'new'];
    await connect({
      token: ({ isExpired }) => {
        asked.push(isExpired);
        return keys.shift() ?? '';
      },
    });
    for (let times = 0; times < 2; times += 1) {
      server.welcome();
      server.lose(CLOSE_CODES.TOKEN_EXPIRED.code);
      await clock.advance(500);
    }

    expect(asked).toEqual([false, true, true]);
    expect(server.sockets.map(({ protocols }) => protocols[1])).toEqual(['bearer.old', 'bearer.new']);
    expect(client.state.name).toBe('stopped');
  });

  it('comes back with the key that it went on with', async () => {
    await connect({ token: 'plim_old_key' });
    server.welcome();
    const authenticated = client.authenticate('plim_new_key');
    server.send({ type: 'ack', ref: String(server.latest.sent.at(-1)?.ref) });
    await authenticated;

    server.lose();
    await clock.advance(500);
    server.welcome();
    server.lose(CLOSE_CODES.TOKEN_EXPIRED.code);
    await clock.advance(500);

    expect(server.sockets.map(({ protocols }) => protocols[1])).toEqual([
      'bearer.plim_old_key',
      'bearer.plim_new_key',
    ]);
    expect(client.state.name).toBe('stopped');
  });

  it('asks when nothing was heard for a while, and connects anew when nothing comes', async () => {
    await connect();
    server.welcome({ heartbeatMs: 25_000 });

    await clock.advance(25_000);
    expect(server.latest.sent).toEqual([{ type: 'ping' }]);
    server.send({ type: 'pong' });
    await clock.advance(34_000);
    expect(client.state.name).toBe('open');
    await clock.advance(1_500);
    expect(server.sockets).toHaveLength(2);
    expect(server.sockets[0]?.isClosed).toBe(true);
  });

  it('ends one subscription that is refused, and tries those again that may be let in later', async () => {
    await connect();
    const refused: Error[] = [];
    client.layout('7', { onRefused: (error) => refused.push(error) });
    client.source('shop', { onRefused: (error) => refused.push(error) });
    server.welcome();
    const ref = String(server.latest.sent[0]?.ref);
    const error = { type: 'error', ref, message: 'no' } as const;
    server.send(
      { ...error, code: 'LAYOUT_NOT_FOUND', retryable: false, details: { target: { layout: '7' } } },
      {
        ...error,
        code: 'BUSY',
        retryable: true,
        retryAfterMs: 1_000,
        details: { target: { source: 'shop' } },
      },
    );
    await clock.advance(1_500);

    expect(refused).toMatchObject([{ code: 'LAYOUT_NOT_FOUND' }]);
    expect(server.latest.sent.slice(1)).toMatchObject([{ type: 'subscribe', source: 'shop' }]);
  });

  it('asks again for what is missing after a question for it was refused', async () => {
    await connect();
    server.welcome();
    const seen: number[] = [];
    client.layout('7', { since: 0, onRegionChange: ({ seq }) => seen.push(seq) });
    server.send(change(2));
    const { ref } = server.latest.sent.at(-1) as { readonly ref: string };
    const busy = { code: 'REALTIME_BUSY', message: 'Later', retryable: true, retryAfterMs: 1_000 } as const;
    server.send({ type: 'error', ref, ...busy });

    server.send(change(3));

    expect(server.latest.sent.at(-1)).toMatchObject({
      type: 'resume',
      targets: [{ layout: '7', sinceSeq: 0 }],
    });
    expect(seen).toEqual([]);
  });

  it('takes what is followed while it tells of a loss, and asks for it when it is back', async () => {
    await connect();
    server.welcome();
    const follow = (): void => void client.source('shop', {});
    let isLost = false;
    client.layout('7', {
      onPresence: () => {
        if (isLost) follow();
        isLost = false;
      },
    });

    isLost = true;
    server.lose();
    await clock.advance(1_000);
    server.welcome();

    expect(server.latest.sent).toMatchObject([
      { type: 'resume', targets: [{ layout: '7' }, { source: 'shop' }] },
    ]);
  });

  it('refuses a name that no frame holds, and follows the others all the same', async () => {
    await connect();
    const refusals: unknown[] = [];
    const name = 'x'.repeat(70_000);
    client.source(name, { onRefused: (error) => refusals.push(error) });
    client.source('shop', {});

    server.welcome();

    expect(refusals).toMatchObject([{ code: 'CLIENT_MESSAGE_TOO_LARGE' }]);
    expect(server.latest.sent).toMatchObject([{ type: 'resume', targets: [{ source: 'shop' }] }]);
    expect(() => client.source(name, {})).toThrow('70');
    expect(() => client.source(name, {})).toThrow('70');
  });

  it('takes batches of another epoch only behind a gap', async () => {
    await connect();
    const seen: unknown[] = [];
    client.source('shop', { onPoints: ({ seq }) => seen.push(seq), onGap: () => seen.push('gap') });
    server.welcome();
    const batch = { type: 'metrics.batch' as const, source: 'shop', dropped: 0, points: [] };
    const target = { source: 'shop' };
    server.send(
      { type: 'subscribed', target, seq: 7, epoch: 'a' },
      { ...batch, seq: 8, epoch: 'a' },
      { ...batch, seq: 9, epoch: 'b' },
      { type: 'gap', target, seq: 9, epoch: 'b' },
      { ...batch, seq: 10, epoch: 'b' },
    );

    expect(seen).toEqual([8, 'gap', 10]);
    expect(server.latest.sent.slice(1)).toMatchObject([
      { type: 'resume', targets: [{ source: 'shop', sinceSeq: 8, epoch: 'a' }] },
    ]);
  });

  it('follows a target once, and again after the end', async () => {
    await connect();
    const layout = client.layout('7');

    expect(() => client.layout('7')).toThrow(ClientSubscribedError);
    layout.end();
    expect(() => client.layout('7')).not.toThrow();
  });

  it('is quiet after it was closed, also when a key arrives late', async () => {
    let bring: (key: string) => void = () => undefined;
    await connect({ token: () => new Promise((resolve) => (bring = resolve)) });
    client.close();
    bring('plim_late_key');
    await clock.advance(60_000);

    expect(server.sockets).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
