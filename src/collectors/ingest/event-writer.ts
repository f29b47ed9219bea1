import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../platform/database/index.js';
import { acceptedTime, type CollectorEvent, timeProblem } from './event.js';
import { EventRepository } from './event.repository.js';
import type { WithRows } from './idempotent-requests.js';
import { SeriesRegistry } from './series-registry.js';

/** Stores events of one tenant, a call a transaction. */
@Injectable()
export class EventWriter {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly series: SeriesRegistry,
    private readonly events: EventRepository,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /** What is wrong with the time of each event, in order; `undefined` where nothing is. */
  timeProblems(events: readonly CollectorEvent[]): (string | undefined)[] {
    const accepted = acceptedTime(this.clock.now(), this.config.rawRetentionDays);
    return events.map((event) => timeProblem(event, accepted));
  }

  /**
   * Stores all events or none, together with `withRows`.
   * @throws SeriesLimitError COLLECTORS_SERIES_LIMIT
   */
  async write(tenantId: string, events: readonly CollectorEvent[], withRows?: WithRows): Promise<void> {
    const arrivedAt = this.clock.now();
    const seriesIds = await this.series.resolve(tenantId, events);
    if (withRows === undefined) {
      if (events.length > 0) await this.events.insert(this.db, events, seriesIds, arrivedAt);
      return;
    }
    await this.db.transaction(async (tx) => {
      await withRows(tx);
      if (events.length > 0) await this.events.insert(tx, events, seriesIds, arrivedAt);
    });
  }
}
