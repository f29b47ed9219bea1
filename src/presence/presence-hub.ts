import type { Clock } from '../kernel/clock.js';
import { type Channel, channelKey } from './channels/channel.js';
import { Channels, type ChannelWatcher, type Published } from './channels/channels.js';
import { Connection, type ConnectionSurroundings } from './connections/connection.js';
import type { ConnectionIdentity, Outlet } from './connections/outlet.js';
import type { ConnectionLimits, LimitScope } from './coordination/connection-limits.js';
import type { PresentConnection } from './coordination/shared-presence.js';
import { ConnectionLimitError } from './errors.js';
import { PresenceBatches } from './layouts/batches.js';
import type { Coordination } from './layouts/room-link.js';
import { Rooms } from './layouts/rooms.js';

/** How the hub batches. */
export interface HubConfig {
  readonly batchIntervalMs: number;
  readonly maxBatchSize: number;
}

/** What the hub is made of. */
export interface HubParts {
  readonly config: HubConfig;
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly ways: Coordination;
  readonly instanceId: string;
  readonly coordination: () => CoordinationState;
}

/** How well this instance knows of the others. */
export interface CoordinationState {
  /** local: there are no others. alone: Redis does not answer, and this instance counts by itself. */
  readonly mode: 'local' | 'shared' | 'alone';
  readonly aloneForMs: number;
  /** Instances that live, this one included. */
  readonly instances: number;
  /** Messages that could not be sent or logged. */
  readonly failures: number;
}

/** What the hub does now, and has done. */
export interface HubFigures {
  readonly connections: number;
  /** Channels with subscribers, and layouts with somebody in them. */
  readonly channels: number;
  readonly layouts: number;
  /** Connections in layouts. */
  readonly members: number;
  readonly batches: Readonly<Pick<PresenceBatches, 'frames' | 'deliveries' | 'bytes'>>;
  readonly refusals: Readonly<Record<LimitScope, number>>;
  readonly coordination: CoordinationState;
}

/** A frame of a channel; made only when somebody gets it. */
export interface Publication extends Omit<Published, 'frame'> {
  readonly frame: Buffer | (() => Buffer);
}

/**
 * Who is connected, who is where, and who gets what: the heart of the gateway, which knows no transport. Connections
 * belong to this instance; limits and presence hold over all of them.
 */
export class PresenceHub {
  private readonly connections = new Set<string>();
  private readonly channels = new Channels();
  private readonly batches = new PresenceBatches();
  private readonly refusals: Record<LimitScope, number> = { tenant: 0, user: 0, layout: 0 };
  private readonly rooms: Rooms;
  private readonly around: ConnectionSurroundings;

  constructor(private readonly parts: HubParts) {
    const { clock, limits, config, ways, instanceId } = parts;
    this.rooms = new Rooms({
      clock,
      intervalMs: config.batchIntervalMs,
      maxBatchSize: config.maxBatchSize,
      batches: this.batches,
      ways,
      instanceId,
    });
    this.around = {
      limits,
      rooms: this.rooms,
      channels: this.channels,
      now: () => clock.now(),
      onRefusal: (error) => this.noteRefusal(error),
      onEnd: ({ identity }) => this.connections.delete(identity.connectionId),
    };
  }

  /**
   * Lets a connection in: takes the places of its tenant and user. Whoever connected must call `end`.
   * @throws ConnectionLimitError PRESENCE_LIMIT_REACHED
   */
  async connect(identity: ConnectionIdentity, outlet: Outlet): Promise<Connection> {
    const admission = await this.parts.limits.enter(identity);
    if (!admission.isAdmitted) {
      const error = new ConnectionLimitError(admission.scope, admission.limit);
      this.noteRefusal(error);
      throw error;
    }
    this.connections.add(identity.connectionId);
    return new Connection(identity, outlet, this.around);
  }

  /** Gives a frame to the subscribers of a channel on this instance. @returns how many they are */
  publish(channel: Channel, { frame, ...rest }: Publication): number {
    if (this.channels.subscribersOf(channel) === 0) return 0;
    const bytes = typeof frame === 'function' ? frame() : frame;
    return this.channels.publish(channel, { ...rest, frame: bytes });
  }

  /** Subscribers on this instance. */
  subscribersOf(channel: Channel): number {
    return this.channels.subscribersOf(channel);
  }

  /** Says when channels of a kind get their first subscriber on this instance, and lose the last one; at once for those that are open. */
  watch(kind: Channel['kind'], watcher: ChannelWatcher): void {
    this.channels.watch(kind, watcher);
  }

  /** Who is in a layout, on all instances. */
  async present(tenantId: string, layoutId: string): Promise<readonly PresentConnection[]> {
    const room = this.rooms.find(tenantId, layoutId);
    if (room !== undefined && room.size > 0) return room.roster().users;
    const told = await this.parts.ways.shared.others(channelKey({ kind: 'layout', tenantId, layoutId }));
    return (told ?? []).flatMap(({ users }) => users);
  }

  figures(): HubFigures {
    const { frames, deliveries, bytes } = this.batches;
    return {
      connections: this.connections.size,
      channels: this.channels.size,
      layouts: this.rooms.size,
      members: this.rooms.members,
      batches: { frames, deliveries, bytes },
      refusals: { ...this.refusals },
      coordination: this.parts.coordination(),
    };
  }

  /** Stops timers; connections are to be ended before. */
  close(): void {
    this.rooms.close();
  }

  private noteRefusal({ scope }: ConnectionLimitError): void {
    this.refusals[scope] += 1;
  }
}
