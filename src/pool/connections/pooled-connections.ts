import type { Clock } from '../../kernel/clock.js';
import { currentWork, type Work } from '../../platform/runtime/index.js';
import type { PoolStatistics } from '../monitoring/pool-statistics.js';
import { captureSite, type CheckoutSite } from './checkout-site.js';
import { type ConnectionManager, type DriverClient, endsConnection, type TakeOptions } from './driver.js';
import { clientOf, isStale, leaseOf } from './raw-lease.js';
import { Slot, type Tenure } from './slot.js';

/** Who hears what happens to connections. Stands in the hot path, and must not throw. */
export interface SlotListener {
  /** `slot` is about to be given back; `isHeld` still. */
  returned(slot: Slot): void;
  /** The server, or the way to it, has ended the connection. */
  lost(slot: Slot): void;
  /** Nothing refers to the handle of this tenure any more. */
  abandoned(tenure: Tenure): void;
  /** What a caller that waited in vain is told. */
  refused(waitedMs: number, cause: unknown): Promise<unknown>;
}

const ACQUIRE_TIMEOUT = 'SequelizeConnectionAcquireTimeoutError';

/**
 * Every connection of one Sequelize instance and who has it. It wraps the methods of the instance's connection manager;
 * neither the driver nor any prototype is touched.
 *
 * - free -> held: by getConnection; a caller that keeps it for longer than a statement leaves its place in the code
 *   and gets, or brings, a handle
 * - held -> free: by releaseConnection
 * - any -> lost: the server said so, or the socket ended; whoever releases it then has it destroyed
 */
export class PooledConnections {
  private readonly slots = new Map<DriverClient, Slot>();
  private readonly tenures: FinalizationRegistry<Tenure>;
  private readonly original: ConnectionManager;
  private readonly taking = (options?: TakeOptions): Promise<DriverClient> => this.take(options);

  constructor(
    private readonly manager: ConnectionManager,
    private readonly clock: Clock,
    private readonly statistics: PoolStatistics,
    private readonly listener: SlotListener,
  ) {
    this.tenures = new FinalizationRegistry((tenure) => this.listener.abandoned(tenure));
    this.original = {
      connect: manager.connect.bind(manager),
      getConnection: manager.getConnection.bind(manager),
      releaseConnection: manager.releaseConnection.bind(manager),
      destroyConnection: manager.destroyConnection.bind(manager),
    };
  }

  /** From now on every connection is watched. */
  wrap(): void {
    Object.assign(this.manager, {
      connect: (config: unknown) => this.connect(config),
      getConnection: this.taking,
      releaseConnection: (connection: DriverClient) => this.release(connection),
      destroyConnection: async (connection: DriverClient) => {
        if (!isStale(connection)) await this.destroy(clientOf(connection));
      },
    });
  }

  /** Gives the instance its own methods back. */
  unwrap(): void {
    Object.assign(this.manager, this.original);
  }

  /** Open connections that were used, with those in use. */
  all(): Slot[] {
    return [...this.slots.values()];
  }

  /** In use, longest first. */
  held(): Slot[] {
    return this.all()
      .filter(({ isHeld, isLost }) => isHeld && !isLost)
      .sort((a, b) => a.sinceMs - b.sinceMs);
  }

  slotOf(connection: object): Slot | undefined {
    return this.slots.get(connection as DriverClient);
  }

  /** Sizes of this moment; all 0 before the first connection but `max`. */
  get pool(): NonNullable<ConnectionManager['pool']> | undefined {
    return this.manager.pool;
  }

  /** Ends the connection of a holder that will never give it back. */
  async reclaim(slot: Slot): Promise<void> {
    this.ended(slot);
    await this.original.destroyConnection(slot.client);
  }

  /** For checks of the pool itself: no histogram, no site. Undefined when none is idle. */
  async takeIdle(): Promise<Slot | undefined> {
    if ((this.manager.pool?.available ?? 0) === 0) return undefined;
    const client = await this.original.getConnection({ type: 'RAW' });
    const slot = this.slots.get(client) ?? this.adopt(client);
    slot.take(this.clock.monotonic(), undefined, undefined);
    return slot;
  }

  /** The counterpart of `takeIdle`. */
  returnIdle(slot: Slot, isAlive: boolean): void {
    slot.giveBack(this.clock.monotonic());
    if (isAlive && !slot.isLost) return this.original.releaseConnection(slot.client);
    this.discard(slot.client);
  }

  private async connect(config: unknown): Promise<DriverClient> {
    const startedAt = this.clock.monotonic();
    try {
      const client = await this.original.connect(config);
      this.statistics.created(this.clock.monotonic() - startedAt);
      this.adopt(client);
      return client;
    } catch (error) {
      this.statistics.creationFailed();
      throw error;
    }
  }

  private adopt(client: DriverClient): Slot {
    const slot = new Slot(client, this.clock.monotonic());
    this.slots.set(client, slot);
    client.connection?.on('errorMessage', (message) => {
      if (endsConnection(message)) this.lose(slot);
    });
    client.once('end', () => {
      if (client._ending !== true) this.lose(slot);
      this.slots.delete(client);
    });
    return slot;
  }

  private lose(slot: Slot): void {
    if (slot.isLost) return;
    slot.isLost = true;
    slot.client._invalid = true;
    if (!this.slots.has(slot.client)) return;
    this.statistics.connectionLost();
    this.listener.lost(slot);
  }

  private take(options?: TakeOptions): Promise<DriverClient> {
    const startedAt = this.clock.monotonic();
    const isBrief = options?.type !== undefined && options.handle === undefined && options.uuid === undefined;
    const work = currentWork();
    if (!isBrief) return this.takeForLong(options, startedAt, work);
    return this.original.getConnection(options).then(
      (client) => {
        this.begin(client, startedAt, work, undefined);
        return client;
      },
      (error: unknown) => this.refuse(error, startedAt),
    );
  }

  private takeForLong(
    options: TakeOptions | undefined,
    startedAt: number,
    work: Work | undefined,
  ): Promise<DriverClient> {
    const site = captureSite(this.taking);
    // Copied: the work may refer to the request, and the request to the handle.
    const known = work && snapshotOf(work);
    return this.original.getConnection(options).then(
      (client) => {
        const slot = this.begin(client, startedAt, known, site);
        const handle = options?.handle ?? this.leaseFor(slot);
        const tenure = { slot, serial: slot.serial };
        slot.tenure = tenure;
        this.tenures.register(handle, tenure, tenure);
        return options?.handle === undefined ? (handle as DriverClient) : client;
      },
      (error: unknown) => this.refuse(error, startedAt),
    );
  }

  private leaseFor(slot: Slot): DriverClient {
    const { serial } = slot;
    return leaseOf(slot.client, {
      isCurrent: () => slot.isStill(serial),
      sent: (text) => {
        if (slot.isStill(serial)) slot.note(text);
      },
      escaped: (lease) => {
        if (slot.isStill(serial)) slot.pinned = lease;
      },
    });
  }

  private begin(
    client: DriverClient,
    startedAt: number,
    work: Work | undefined,
    site: CheckoutSite | undefined,
  ): Slot {
    const slot = this.slots.get(client) ?? this.adopt(client);
    const now = this.clock.monotonic();
    slot.take(now, work, site);
    this.statistics.acquired(now - startedAt);
    return slot;
  }

  private async refuse(error: unknown, startedAt: number): Promise<never> {
    if (!(error instanceof Error) || error.name !== ACQUIRE_TIMEOUT) throw error;
    const waitedMs = this.clock.monotonic() - startedAt;
    this.statistics.acquired(waitedMs);
    this.statistics.timedOut();
    throw await this.listener.refused(waitedMs, error);
  }

  private release(connection: DriverClient): void {
    // In the hot path it is a client of ours, and no lease.
    const slot = this.slots.get(connection);
    if (slot === undefined) return this.releaseLease(connection);
    this.releaseSlot(connection, slot);
  }

  private releaseLease(lease: DriverClient): void {
    if (isStale(lease)) return;
    const client = clientOf(lease);
    const slot = this.slots.get(client);
    if (slot === undefined) this.original.releaseConnection(client);
    else this.releaseSlot(client, slot);
  }

  private releaseSlot(client: DriverClient, slot: Slot): void {
    if (!slot.isHeld) return this.original.releaseConnection(client);
    const isDead = slot.isLost || client._invalid === true;
    this.ended(slot);
    if (isDead) this.discard(client);
    else this.original.releaseConnection(client);
  }

  private async destroy(client: DriverClient): Promise<void> {
    const slot = this.slots.get(client);
    if (slot?.isHeld === true) this.ended(slot);
    await this.original.destroyConnection(client);
  }

  private ended(slot: Slot): void {
    const now = this.clock.monotonic();
    this.statistics.used(now - slot.sinceMs);
    if (slot.tenure !== undefined) this.tenures.unregister(slot.tenure);
    this.listener.returned(slot);
    slot.giveBack(now);
  }

  private discard(client: DriverClient): void {
    this.statistics.connectionRemoved();
    // Its place in the pool is free at once, and nobody waits for its end.
    this.original.destroyConnection(client).catch(() => undefined);
  }
}

function snapshotOf({ requestId, job, route, tenantId }: Work): Work {
  const path = route?.();
  return {
    ...(requestId !== undefined && { requestId }),
    ...(job !== undefined && { job }),
    ...(path !== undefined && { route: () => path }),
    ...(tenantId !== undefined && { tenantId }),
  };
}
