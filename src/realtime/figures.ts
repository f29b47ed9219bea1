import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { Histogram } from '../kernel/histogram.js';
import { CLIENT_MESSAGES, type ClientMessageType, type CloseReason } from '../presence/index.js';
import { type Counter, MetricRegistry } from '../platform/telemetry/index.js';

const MS_PER_SECOND = 1_000;

/** How an upgrade ended. */
export type ConnectOutcome =
  'opened' | 'stopping' | 'path' | 'origin' | 'address' | 'key' | 'role' | 'limit' | 'gone' | 'failed';

/** Wishes for a connection since the start. */
export interface ConnectShares {
  readonly all: number;
  /** Those that were refused for want of room. */
  readonly limited: number;
}

/** Why a connection ended. */
export type CloseCause = CloseReason | 'CLIENT' | 'LOST';

/** What happens at the gateway, counted. */
@Injectable()
export class GatewayFigures {
  readonly received: Readonly<Record<ClientMessageType, () => void>>;
  readonly dispatchSeconds: Histogram;
  readonly pongSeconds: Histogram;
  readonly upgradeSeconds: Histogram;
  readonly receivedBytes: (by?: number) => void;
  readonly sentFrames: (by?: number) => void;
  readonly sentBytes: (by?: number) => void;
  readonly skippedFrames: (by?: number) => void;
  readonly heldFrames: (by?: number) => void;
  private readonly connects: Counter<'outcome'>;
  private readonly closes: Counter<'reason'>;
  private readonly refusals: Counter<'code'>;

  constructor(
    registry: MetricRegistry,
    private readonly clock: Clock,
  ) {
    this.connects = registry.counter('gateway_connects_total', {
      help: 'Wishes for a WebSocket, by what became of them.',
      labels: ['outcome'],
    });
    this.closes = registry.counter('gateway_closes_total', {
      help: 'Connections that ended, by reason; CLIENT: the client closed it, LOST: nobody did.',
      labels: ['reason'],
    });
    this.refusals = registry.counter('gateway_messages_refused_total', {
      help: 'Messages that were answered by an error, by its code.',
      labels: ['code'],
    });
    this.received = this.countMessages(registry);
    this.receivedBytes = registry
      .counter('gateway_received_bytes_total', { help: 'Payload of frames from clients, in bytes.' })
      .bind({});
    this.sentFrames = registry
      .counter('gateway_sent_frames_total', { help: 'Frames sent to clients.' })
      .bind({});
    this.sentBytes = registry
      .counter('gateway_sent_bytes_total', {
        help: 'Frames sent to clients, in bytes, as they leave: compressed or not.',
      })
      .bind({});
    this.heldFrames = registry
      .counter('gateway_held_frames_total', { help: 'Frames that waited for a client that reads slowly.' })
      .bind({});
    this.skippedFrames = registry
      .counter('gateway_skipped_frames_total', {
        help: 'Frames that a later one replaced because the client reads too slowly.',
      })
      .bind({});
    this.dispatchSeconds = registry
      .distribution('gateway_dispatch_seconds', {
        help: 'Time from a message that has to be waited for to its answer, in seconds.',
      })
      .bind({});
    this.pongSeconds = registry
      .distribution('gateway_pong_seconds', { help: 'Time from a ping to its pong, in seconds.' })
      .bind({});
    this.upgradeSeconds = registry
      .distribution('gateway_upgrade_seconds', {
        help: 'Time from the wish for a WebSocket to the welcome, in seconds.',
      })
      .bind({});
  }

  /** Seconds from now on. */
  stopwatch(): () => number {
    const startedAt = this.clock.monotonic();
    return () => (this.clock.monotonic() - startedAt) / MS_PER_SECOND;
  }

  noteConnect(outcome: ConnectOutcome): void {
    this.connects.increment({ outcome });
  }

  noteClose(reason: CloseCause): void {
    this.closes.increment({ reason });
  }

  noteRefusal(code: string): void {
    this.refusals.increment({ code });
  }

  /** Of all wishes for a connection those that were refused for want of room. */
  connectShares(): ConnectShares {
    const samples = this.connects.samples();
    const sum = (outcomes?: readonly string[]): number =>
      samples
        .filter(({ labels }) => outcomes?.includes(labels['outcome'] ?? '') ?? true)
        .reduce((total, { value }) => total + value, 0);
    return { all: sum(), limited: sum(['limit', 'address']) };
  }

  private countMessages(registry: MetricRegistry): Readonly<Record<ClientMessageType, () => void>> {
    const counter = registry.counter('gateway_messages_received_total', {
      help: 'Messages from clients that were understood, by type.',
      labels: ['type'],
    });
    const types = Object.keys(CLIENT_MESSAGES) as ClientMessageType[];
    return Object.fromEntries(types.map((type) => [type, counter.bind({ type })])) as Record<
      ClientMessageType,
      () => void
    >;
  }
}
