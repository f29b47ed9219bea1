import type { Connection } from '../../../src/presence/index.js';
import { hashSlot } from '../../../src/platform/redis/hash-slot.js';
import { eventually } from '../../support/eventually.js';
import { PresenceClient } from '../../support/presence-client.js';
import { type PresenceInstance, startPresence } from '../../support/presence.js';
import { type ClusterNode, RedisCluster } from '../../support/redis-cluster.js';

const WITHIN = { withinMs: 15_000 };
const LAYOUTS = ['1', '2', '3', '4', '5', '6', '7', '8'];
const busOf = (layoutId: string): string => `plimsoll:presence:bus:{test:1:layout:${layoutId}}`;

const idOf = ({ instanceId }: PresenceInstance): string => instanceId;

describe('presence on two instances with a Redis Cluster', () => {
  let cluster: RedisCluster;
  let a: PresenceInstance;
  let b: PresenceInstance;

  beforeEach(async () => {
    cluster = await RedisCluster.start();
    const options = { clusterNodes: cluster.addresses, settings: { maxConnectionsPerTenant: 20 } };
    [a, b] = await Promise.all([startPresence(options), startPresence(options)]);
  }, 30_000);
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
    await cluster.stop();
  });

  const channelsAt = async ({ admin }: ClusterNode): Promise<string[]> =>
    ((await admin.call('PUBSUB', 'SHARDCHANNELS', 'plimsoll:presence:[bl][uo][sg]:*')) as string[]).sort();

  it('shows everybody in every layout, by channels that stay on the node of their slot', async () => {
    const [ann, bob] = await Promise.all(
      [a, b].map((instance, n) =>
        Promise.all(LAYOUTS.map((layoutId) => PresenceClient.enter(instance, `u${n}`, layoutId))),
      ),
    );

    for (const [n, layoutId] of LAYOUTS.entries()) ann?.[n]?.show({ cursor: layoutId }, layoutId);
    for (const [n, layoutId] of LAYOUTS.entries()) {
      const expected = [{ userId: 'u0', cursor: layoutId }, { userId: 'u1' }];
      await eventually(() => expect([ann?.[n]?.seen, bob?.[n]?.seen]).toEqual([expected, expected]), WITHIN);
    }

    const owners = await Promise.all(LAYOUTS.map((layoutId) => cluster.masterOf(busOf(layoutId))));
    for (const node of cluster.nodes) {
      const own = LAYOUTS.filter((_, n) => owners[n] === node).map(busOf);
      expect(await channelsAt(node)).toEqual(own.sort());
    }
    expect(new Set(owners).size).toBeGreaterThan(1);
  }, 40_000);

  it('lets exactly as many in as there are places, and has keys where Redis has them', async () => {
    for (const key of ['', 'foo', '{foo', '{}foo', 'a{é}{b}', busOf('1')]) {
      expect(await cluster.nodes[0]?.admin.cluster('KEYSLOT', key)).toBe(hashSlot(key));
    }
    const wishes = Array.from({ length: 80 }, (_, n) => (n % 2 === 0 ? a : b).connect(`u${n}`));
    const outcomes = await Promise.allSettled<Connection>(wishes);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    // The death of each would be seen at once.
    const linked = (): Promise<string[]> =>
      a.redis.run((commands) => commands.smembers('plimsoll:presence:instances:{test:}:linked'));
    await eventually(async () => expect(new Set(await linked())).toEqual(new Set([a, b].map(idOf))), WITHIN);
  });

  it('follows a channel to the node that gets its slot, and replays what was told on the way', async () => {
    const key = '1:source:shop';
    const heard: string[] = [];
    b.log.listen(
      key,
      ({ payload }) => heard.push(payload),
      () => heard.push('gap'),
    );
    await b.log.end(key);
    await a.log.append(key, '1');
    await eventually(() => expect(heard).toEqual(['1']), WITHIN);
    const channel = `plimsoll:presence:log:{test:${key}}:told`;
    const from = await cluster.masterOf(channel);
    const to = cluster.nodes.find((node) => node !== from);
    if (to === undefined) throw new TypeError('a cluster has several nodes');

    await moveSlot(from, to, channel);
    await a.log.append(key, '2');
    await eventually(() => expect(heard).toEqual(['1', '2']), WITHIN);
    await a.log.append(key, '3');
    await eventually(() => expect(heard).toEqual(['1', '2', '3']), WITHIN);

    expect(await channelsAt(to)).toContain(channel);
  }, 40_000);

  /** As resharding does it: the keys first, then the slot. */
  async function moveSlot(from: ClusterNode, to: ClusterNode, key: string): Promise<void> {
    const slot = await from.admin.cluster('KEYSLOT', key);
    const id = String(await to.admin.call('CLUSTER', 'MYID'));
    await to.admin.call(
      'CLUSTER',
      'SETSLOT',
      slot,
      'IMPORTING',
      String(await from.admin.call('CLUSTER', 'MYID')),
    );
    await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', id);
    const keys = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    const [host, port] = to.address.split(':');
    if (keys.length > 0)
      await from.admin.call('MIGRATE', host ?? '', port ?? '', '', 0, 5_000, 'KEYS', ...keys);
    for (const { admin } of [to, from, ...cluster.nodes])
      await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', id);
  }
});
