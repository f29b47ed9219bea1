import { type CacheInstance, startCache } from '../../support/cache.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';

const OUTAGE_STALE_MS = 1_500;
/** PRESENCE_MARGIN_MS of create-cache.ts, and what a busy machine takes. */
const MOST_MARGIN_MS = 5_000;
const KEY = 'x:1';

describe('receipts of an instance while another one goes', () => {
  let server: RedisServer;
  let a: CacheInstance;
  let b: CacheInstance;
  let version = 1;
  const load = (): Promise<number> => Promise.resolve(version);
  const start = (): Promise<CacheInstance> =>
    startCache({
      url: server.url,
      settings: { namespace: 'presence', outageStaleMs: OUTAGE_STALE_MS },
    });
  const reach = async (): Promise<string> => (await a.cache.invalidate({ keys: [KEY] })).reach;

  beforeAll(async () => {
    server = await RedisServer.start();
    a = await start();
    // The clock is new: who was there before might not have come back yet.
    await eventually(async () => expect(await reach()).toBe('everywhere'));
  });
  afterAll(async () => {
    await a.close();
    await server.stop();
  });
  beforeEach(async () => {
    version = 1;
    b = await start();
    await eventually(() => expect(b.cache.state.bus).toBe('live'));
    expect(await reach()).toBe('everywhere');
    await eventually(() => expect(b.cache.state.sequence).toBe(a.cache.state.sequence));
    await b.cache.getOrLoad(KEY, load);
    version = 2;
  });
  afterEach(() => b.close());

  it('say "later" for as long as one that was cut off may answer old values, then "everywhere"', async () => {
    const cutAtMs = performance.now();
    await b.cutOff();
    const receipts: { readonly reach: string; readonly isOldAnswered: boolean }[] = [];

    const awayMs = await eventually(
      async () => {
        const told = await reach();
        receipts.push({ reach: told, isOldAnswered: (await b.cache.get(KEY)) === 1 });
        expect(told).toBe('everywhere');
        return performance.now() - cutAtMs;
      },
      { withinMs: OUTAGE_STALE_MS + MOST_MARGIN_MS },
    );

    expect(receipts).toContainEqual({ reach: 'later', isOldAnswered: true });
    expect(receipts.at(-1)).toEqual({ reach: 'everywhere', isOldAnswered: false });
    expect(awayMs).toBeGreaterThanOrEqual(OUTAGE_STALE_MS);
  });

  it('say "everywhere" at once when it left properly', async () => {
    await b.close();

    expect(await reach()).toBe('everywhere');
  });
});
