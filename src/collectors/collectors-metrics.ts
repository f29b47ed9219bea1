import { Injectable } from '@nestjs/common';
import { type Gauge, MetricRegistry } from '../platform/telemetry/index.js';

/** What the module counts about itself. */
@Injectable()
export class CollectorsMetrics {
  /** Adds events that have been stored. */
  readonly countEvents: (stored?: number) => void;
  /** Adds hours that have been recomputed. */
  readonly countHours: (recomputed?: number) => void;
  /** Adds a change that cached answers were not told of. */
  readonly countFailedInvalidation: (failed?: number) => void;
  private readonly marks: Gauge;

  constructor(registry: MetricRegistry) {
    this.countEvents = registry
      .counter('collectors_events_total', { help: 'Collector events stored.' })
      .bind({});
    this.countHours = registry
      .counter('collectors_rollup_recomputed_total', { help: 'Series and hours recomputed from raw events.' })
      .bind({});
    this.countFailedInvalidation = registry
      .counter('collectors_invalidation_failures_total', {
        help: 'Changes of events after which cached answers could not be invalidated in time.',
      })
      .bind({});
    this.marks = registry.gauge('collectors_rollup_marks', {
      help: 'Marks of changed hours that waited for their rollup when the last refresh had ended.',
    });
  }

  /** Notes the marks that wait for their rollup. */
  noteBacklog(marks: number): void {
    this.marks.set({}, marks);
  }
}
