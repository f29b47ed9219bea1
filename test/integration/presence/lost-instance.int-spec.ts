import { eventually } from '../../support/eventually.js';
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
