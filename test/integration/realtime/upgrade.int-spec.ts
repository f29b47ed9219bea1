import { TestGateway } from '../../support/gateway.js';
import { useTestDatabase } from '../../support/test-database.js';

describe('the way to an open WebSocket', () => {
  const database = useTestDatabase();
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start(database);
  }, 60_000);
  afterAll(() => gateway.stop());

  it('welcomes a client with a key, and answers the two messages of the specification', async () => {
    const admin = await gateway.newTenant();
    const client = gateway.client(admin.key);

    const welcome = await client.next('welcome');
    client.send('{"type":"subscribe","source":"robinhood"}');
    const subscribed = await client.next('subscribed');
    client.send('{"type":"ping"}');

    expect(client.told).toEqual([]);
    expect(welcome).toMatchObject({ protocol: 1, tenantId: admin.tenantId, role: 'admin' });
    expect(subscribed).toMatchObject({ target: { source: 'robinhood' } });
    expect(await client.next('pong')).toEqual({ type: 'pong' });
  });
});
