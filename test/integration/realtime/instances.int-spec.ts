import { KeyWatch } from '../../../src/realtime/life/key-watch.js';
import { ApiKeys } from '../../../src/tenancy/index.js';
import { eventually } from '../../support/eventually.js';
import { TestGateway } from '../../support/gateway.js';
import { RedisServer } from '../../support/redis-server.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('two gateways with Redis', () => {
  const database = useTestDatabase({ isServed: true });
  let redis: RedisServer;
  let here: TestGateway;
  let there: TestGateway;

  beforeAll(async () => {
    redis = await RedisServer.start();
    here = await TestGateway.start(database, { REDIS_URL: redis.url });
    there = await TestGateway.start(database, { REDIS_URL: redis.url });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await redis.kill();
  });

  it('close the connections of a key that the other one revokes, without a look at the table', async () => {
    here.app.get(KeyWatch).check = () => Promise.resolve();
    const admin = await there.newTenant();
    const { id, key } = await there.newKey(admin);
    const [client, kept] = [await here.open(key), await here.open(admin.key)];

    await there.app.get(ApiKeys).revoke(admin, id);

    expect(await client.next('error')).toMatchObject({ code: 'TENANCY_KEY_INVALID' });
    expect((await client.end()).code).toBe(4401);
    const late = here.client(key);
    expect((await late.end()).code).toBe(4401);
    expect(await kept.ask({ type: 'ping' }, 'pong')).toEqual({ type: 'pong' });
  });

  it('show operators samples of both', async () => {
    const client = await here.open(here.adminKey);
    await client.ask({ type: 'subscribe', channel: 'performance' }, 'subscribed');
    const seen = new Set<unknown>();

    await eventually(() => {
      for (const { type, sample } of client.told) {
        if (type === 'performance') seen.add((sample as { readonly instanceId: string }).instanceId);
      }
      expect(seen.size).toBe(2);
    });
  });
});
