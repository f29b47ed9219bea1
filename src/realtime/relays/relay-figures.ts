import { Injectable } from '@nestjs/common';
import type { Channel } from '../../presence/index.js';
import { Logger } from '../../platform/logging/index.js';
import { type Counter, MetricRegistry } from '../../platform/telemetry/index.js';

/** What relays do, counted; what fails is tried again, and logged. */
@Injectable()
export class RelayFigures {
  private readonly events: Counter<'kind'>;
  private readonly gaps: Counter<'kind'>;
  private readonly failures: Counter<'kind'>;
  /** Adds points that were left out of frames because more came than one holds. */
  readonly dropPoints: (points?: number) => void;

  constructor(
    registry: MetricRegistry,
    private readonly logger: Logger,
  ) {
    this.events = registry.counter('gateway_relayed_events_total', {
      help: 'Events given to the subscribers of a channel on this instance, by kind of channel.',
      labels: ['kind'],
    });
    this.gaps = registry.counter('gateway_relay_gaps_total', {
      help: 'Times that events of a channel could not be had any more, and its subscribers were told so.',
      labels: ['kind'],
    });
    this.failures = registry.counter('gateway_relay_failures_total', {
      help: 'Events of a channel could not be read; that is tried again.',
      labels: ['kind'],
    });
    this.dropPoints = registry
      .counter('gateway_dropped_points_total', {
        help: 'Points that were left out of frames because more came than a frame holds.',
      })
      .bind({});
  }

  noteEvent({ kind }: Channel): void {
    this.events.increment({ kind });
  }

  noteGap({ kind }: Channel): void {
    this.gaps.increment({ kind });
  }

  noteFailure({ kind }: Channel, error: unknown): void {
    this.failures.increment({ kind });
    this.logger.warn('Events of a channel could not be read', { kind, err: error });
  }
}
