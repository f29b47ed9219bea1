import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { RedisServer } from './redis-server.js';
import { freePort } from './test-servers.js';

const SLOTS = 16_384;
/** A node that is silent for longer is taken for dead by the others. */
const NODE_TIMEOUT_MS = 1_000;
const FORMED_WITHIN_MS = 20_000;
/** The loss of a node takes its slots away, and leaves the others at work. */
const SETTINGS = [
  ['--cluster-enabled', 'yes'],
  ['--cluster-announce-ip', '127.0.0.1'],
  ['--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
  ['--cluster-require-full-coverage', 'no'],
].flat();

/** A node of a cluster, with a connection for the test itself. */
export interface ClusterNode {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly admin: Redis;
  /** "host:port" */
  readonly address: string;
}

/** A Redis Cluster of a test's own: masters that share the slots evenly, no replicas. */
export class RedisCluster {
  private constructor(readonly nodes: ClusterNode[]) {}

  static async start(masters = 3): Promise<RedisCluster> {
    const cluster = new RedisCluster(await Promise.all(Array.from({ length: masters }, startNode)));
    try {
      await cluster.form();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get addresses(): string[] {
    return this.nodes.map(({ address }) => address);
  }

  /** The master that holds a key. */
  async masterOf(key: string): Promise<ClusterNode> {
    const slot = await this.first.admin.cluster('KEYSLOT', key);
    const ranges = await this.first.admin.cluster('SLOTS');
    const port = ranges.find(([from, to]) => slot >= from && slot <= to)?.[2]?.[1];
    const node = this.nodes.find(({ server }) => server.port === port);
    if (node === undefined) throw new TypeError(`no node has slot ${slot}`);
    return node;
  }

  async stop(): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect();
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
  }

  private get first(): ClusterNode {
    const [node] = this.nodes;
    if (node === undefined) throw new TypeError('a cluster has nodes');
    return node;
  }

  private async form(): Promise<void> {
    const share = SLOTS / this.nodes.length;
    for (const [index, node] of this.nodes.entries()) {
      const [from, to] = [Math.ceil(index * share), Math.ceil((index + 1) * share) - 1];
      await node.admin.cluster('ADDSLOTSRANGE', from, to);
      // Nodes that meet at the same epoch settle that first, one after the other.
      await node.admin.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      if (index > 0) await this.join(node);
    }
    await this.expectFormed();
  }

  private async join(node: ClusterNode): Promise<void> {
    const { server, busPort } = this.first;
    await node.admin.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort);
  }

  /** Every node knows every other one, and who has which slots. */
  private async expectFormed(): Promise<void> {
    const check = async ({ admin }: ClusterNode): Promise<void> => {
      const info = await admin.cluster('INFO');
      expect(info).toContain('cluster_state:ok');
      expect(info).toContain(`cluster_slots_assigned:${SLOTS}`);
      expect(info).toContain(`cluster_known_nodes:${this.nodes.length}`);
    };
    await eventually(() => Promise.all(this.nodes.map(check)), { withinMs: FORMED_WITHIN_MS });
  }
}

async function startNode(): Promise<ClusterNode> {
  const busPort = await freePort();
  const server = await RedisServer.start(...SETTINGS, '--cluster-port', String(busPort));
  const admin = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  // A node that a test has killed.
  admin.on('error', () => undefined);
  return { server, admin, address: `127.0.0.1:${server.port}`, busPort };
}
