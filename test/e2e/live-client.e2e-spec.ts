import { WebSocket } from 'ws';
import {
  LiveClient,
  type LayoutListener,
  type LayoutSubscription,
  type SocketConstructor,
} from '../../src/client/index.js';
import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { Browser, findBrowser, PageServer } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const REGION = { x: 0, y: 0, width: 2, height: 2, kind: 'chart' };

describe('a client on a running server', () => {
  const database = useTestDatabase({ isServed: true });
  const sockets: WebSocket[] = [];
  const clients: LiveClient[] = [];
  let server: ServerProcess;
  let other: ServerProcess;
  let api: ApiClient;
  let layouts = 0;
  let pages: PageServer;

  /** Sockets of the clients, so that a test can cut them. */
  class CuttableSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }

  beforeAll(async () => {
    pages = await PageServer.start();
    server = await startApi(database.url, { WEBSOCKET_ORIGINS: pages.origin });
    other = await startApi(database.url);
    api = new ApiClient(server.url);
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    sockets.length = 0;
  });

  afterAll(async () => {
    await Promise.all([server.terminate(), other.terminate(), pages.stop()]);
  });

  function connect(at = server, token = ADMIN_KEY): LiveClient {
    const webSocket: SocketConstructor = CuttableSocket;
    const client = new LiveClient({ url: `${at.url.replace('http', 'ws')}/ws`, token, webSocket });
    clients.push(client);
    return client;
  }

  async function newLayout(): Promise<string> {
    const answer = await api.post('/api/layouts', { name: `shared ${(layouts += 1)}` });
    return (answer.body?.data as { readonly id: string }).id;
  }

  /** In the layout, and told so. */
  async function enter(
    client: LiveClient,
    id: string,
    listener: LayoutListener = {},
  ): Promise<LayoutSubscription> {
    const layout = client.layout(id, listener);
    await eventually(() => expect(layout.users().length).toBeGreaterThan(0));
    return layout;
  }

  it('sees the others and what they do, and its own changes are answered', async () => {
    const id = await newLayout();
    const seen: number[] = [];
    const mine = await enter(connect(), id, { onRegionChange: ({ seq }) => seen.push(seq) });
    const theirs = await enter(connect(), id);

    const made = await mine.create(REGION);
    const moved = await api.send(`/api/layouts/${id}/regions/${made.regionIds?.[0] ?? ''}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ x: 4 }),
    });
    theirs.update({ cursor: { x: 3 } });

    expect(moved.status).toBe(200);
    expect(made).toMatchObject({ seq: 1, regionIds: [expect.any(String)] });
    await expect(mine.create({ ...REGION, x: 5 })).rejects.toMatchObject({ code: 'LAYOUT_REGION_OVERLAP' });
    await expect(mine.create({ ...REGION, width: -1 })).rejects.toMatchObject({
      code: 'REALTIME_FRAME_INVALID',
    });
    await eventually(() => expect(seen).toEqual([1, 2]));
    await eventually(() =>
      expect(mine.users().map(({ state }) => state)).toContainEqual({ cursor: { x: 3 } }),
    );
    const present = await api.get(`/api/presence/layouts/${id}`);
    expect(present.body?.data).toMatchObject({
      users: [{ connections: [{}, { state: { cursor: { x: 3 } } }] }],
    });
    expect((await api.get('/api/presence/layouts/999999')).status).toBe(404);
  });

  it('hears within two seconds of a change on an instance that can tell it nothing', async () => {
    const id = await newLayout();
    const seen: number[] = [];
    await enter(connect(other), id, { onRegionChange: ({ seq }) => seen.push(seq) });

    await api.post(`/api/layouts/${id}/regions`, REGION);
    await api.post(`/api/layouts/${id}/regions`, { ...REGION, x: 6 });

    await eventually(() => expect(seen).toEqual([1, 2]));
  });

  it('gets every change once and in order, however often its connection is cut', async () => {
    const id = await newLayout();
    const seen: number[] = [];
    const gaps: number[] = [];
    const client = connect();
    await enter(client, id, { onRegionChange: ({ seq }) => seen.push(seq), onGap: (seq) => gaps.push(seq) });

    for (let made = 0; made < 30; made += 1) {
      if (made % 10 === 5) sockets.at(-1)?.terminate();
      await api.post(`/api/layouts/${id}/regions`, { ...REGION, y: made * 2 });
    }

    await eventually(() => expect(seen.at(-1)).toBe(30));
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(gaps).toEqual([]);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('gets the points of its source as they are stored, and those it missed', async () => {
    const points: (number | null)[] = [];
    const client = connect();
    const source = client.source('shop', {
      onPoints: (batch) => points.push(...batch.points.map(({ scrapeDurationMs }) => scrapeDurationMs)),
    });
    const post = (scrapeDurationMs: number) =>
      api.post('/api/metrics/events', {
        scraperSource: 'shop',
        metricType: 'price',
        scrapeDurationMs,
        success: true,
      });
    await eventually(() => expect(source.wanted()).toHaveProperty('sinceSeq'));

    await post(1);
    await eventually(() => expect(points).toEqual([1]));
    sockets.at(-1)?.terminate();
    await post(2);
    await post(3);

    await eventually(() => expect(points).toEqual([1, 2, 3]));
  });

  it('follows performance as an operator', async () => {
    const told: string[] = [];
    const client = connect();
    client.channel('performance', {
      onMessage: ({ sample }) => told.push(Object.keys(sample as object).join()),
    });

    await eventually(() => expect(told[0]).toBe('instanceId,values'));
  });

  it('is told that a layout of another tenant is not there, and stops when its key is revoked', async () => {
    const made = await api.post('/api/keys', { name: 'page', role: 'viewer' });
    const { id: keyId, key } = made.body?.data as { readonly id: string; readonly key: string };
    const refused: Error[] = [];
    const client = connect(server, key);
    client.layout('424242', { onRefused: (error) => refused.push(error) });
    const layout = await enter(client, await newLayout());
    await eventually(() => expect(refused).toMatchObject([{ code: 'LAYOUT_NOT_FOUND' }]));
    await expect(layout.create(REGION)).rejects.toMatchObject({ code: 'TENANCY_ROLE_TOO_LOW' });

    await api.send(`/api/keys/${keyId}`, { method: 'DELETE' });

    await eventually(() => expect(client.state.name).toBe('stopped'));
  });

  const browser = findBrowser();
  (browser === undefined ? it.skip : it)('works in a browser, as it was built', async () => {
    const id = await newLayout();
    pages.show(`
      import { LiveClient } from '/dist/client/index.js';
      const client = new LiveClient({
        url: '${server.url.replace('http', 'ws')}/ws',
        token: '${ADMIN_KEY}',
        onState: ({ name }) => say({ state: name }),
      });
      const layout = client.layout('${id}', {
        onPresence: (users) => {
          say({ present: users.length });
          layout.update({ cursor: { x: 1 } });
        },
        onRegionChange: ({ seq }) => say({ seq }),
      });
      new LiveClient({ url: '${other.url.replace('http', 'ws')}/ws', token: '${ADMIN_KEY}',
        onState: ({ name }) => name !== 'connecting' && say({ elsewhere: name }) });
    `);
    const opened = await Browser.open(browser ?? '', `${pages.origin}/`);
    try {
      await eventually(() => expect(pages.said).toContainEqual({ state: 'open' }));
      // What is told before it follows the layout is not told to it.
      await eventually(() => expect(pages.said).toContainEqual({ present: 1 }));
      await api.post(`/api/layouts/${id}/regions`, REGION);
      await eventually(() => expect(pages.said).toContainEqual({ seq: 1 }));
      // The other server lets in pages of its own host alone.
      await eventually(() => expect(pages.said).toContainEqual({ elsewhere: 'waiting' }));
      expect(pages.said).not.toContainEqual({ elsewhere: 'open' });
      const present = await api.get(`/api/presence/layouts/${id}`);
      expect(present.body?.data).toMatchObject({
        users: [{ connections: [{ state: { cursor: { x: 1 } } }] }],
      });
    } finally {
      await opened.close();
    }
  });
});
