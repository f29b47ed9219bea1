import type { Cluster, Redis } from 'ioredis';
import type { Clock, Timer } from '../../kernel/clock.js';
import type { Logger } from '../logging/index.js';
import { hashSlot } from './hash-slot.js';
import { type OnConnection, type OnMessage, Subscriptions } from './subscriptions.js';

/** Nodes hear of a slot that moved a little later than the one that had it. */
const REFRESH_AFTER_MS = 200;

/** A connection to one node, for its messages. */
interface Node {
  readonly client: Redis;
  readonly subscriptions: Subscriptions;
}

/** A wish to hear a channel, at the node that has it as far as is known. */
interface Wish {
  readonly channel: string;
  readonly onMessage: OnMessage;
  readonly onConnection: OnConnection | undefined;
  address?: string;
  end?: () => void;
}

/**
 * Channels of a cluster by sharded publish and subscribe: each is heard at the master that has its slot, and moves with
 * it. Messages of other channels pass by; with plain publish every node would get all of them.
 */
export class ShardedSubscriptions {
  private readonly nodes = new Map<string, Node>();
  private readonly wishes = new Set<Wish>();
  private refreshing: Timer | undefined;
  private isStopped = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly connect: (address: string) => Redis,
    private readonly around: { readonly clock: Clock; readonly logger: Logger },
  ) {
    cluster.on('refresh', () => this.placeAll());
  }

  /** @returns ends it */
  add(channel: string, onMessage: OnMessage, onConnection?: OnConnection): () => void {
    const wish: Wish = { channel, onMessage, onConnection };
    this.wishes.add(wish);
    this.place(wish);
    return () => {
      this.wishes.delete(wish);
      wish.end?.();
    };
  }

  /** The answer does not matter, only that one comes: a connection that stays silent is given up. */
  probe(): void {
    for (const { client } of this.nodes.values())
      if (client.status === 'ready') client.ping().catch(() => undefined);
  }

  stop(): void {
    this.isStopped = true;
    this.refreshing?.cancel();
    for (const { client, subscriptions } of this.nodes.values()) {
      subscriptions.stop();
      client.disconnect();
    }
  }

  private placeAll(): void {
    for (const wish of this.wishes) this.place(wish);
    for (const [address, { subscriptions }] of this.nodes) {
      if (subscriptions.size === 0) this.leave(address);
      else subscriptions.askAgain();
    }
  }

  private place(wish: Wish): void {
    const address = this.cluster.slots[hashSlot(wish.channel)]?.[0];
    if (address === undefined || address === wish.address || this.isStopped) return;
    const hasMoved = wish.address !== undefined;
    wish.end?.();
    // What was published on the way is lost.
    if (hasMoved) wish.onConnection?.(false);
    wish.address = address;
    wish.end = this.nodeAt(address).subscriptions.add(wish.channel, wish.onMessage, wish.onConnection);
  }

  private nodeAt(address: string): Node {
    const there = this.nodes.get(address);
    if (there !== undefined) return there;
    const client = this.connect(address);
    // Its loss is heard by "close"; without a listener an error event would end the process.
    client.on('error', () => undefined);
    const options = { isSharded: true, onRefused: () => this.refresh() };
    const node = { client, subscriptions: new Subscriptions(client, this.around.logger, options) };
    client.on('close', () => this.refresh());
    // The node has ended a subscription, without saying to the client which.
    client.on('moved', () => {
      node.subscriptions.lose();
      this.refresh();
    });
    this.nodes.set(address, node);
    client.connect().catch(() => undefined);
    return node;
  }

  private leave(address: string): void {
    const node = this.nodes.get(address);
    this.nodes.delete(address);
    node?.subscriptions.stop();
    node?.client.disconnect();
  }

  /** Slots may have moved. */
  private refresh(): void {
    if (this.isStopped) return;
    this.refreshing ??= this.around.clock.after(REFRESH_AFTER_MS, () => {
      this.refreshing = undefined;
      this.cluster.refreshSlotsCache();
    });
  }
}
