import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { CollectorsMetrics } from '../collectors-metrics.js';
import type { CollectorEvent } from './event.js';
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
    private readonly metrics: CollectorsMetrics,
  ) {}

  /**
   * Stores all events or none, together with `withRows`.
   * @throws SeriesLimitError COLLECTORS_SERIES_LIMIT
   */
  async write(tenantId: string, events: readonly CollectorEvent[], withRows?: WithRows): Promise<void> {
    const arrivedAt = this.clock.now();
    const seriesIds = await this.series.resolve(tenantId, events);
    const insert = (tx: Queryable): Promise<void> => this.events.insert(tx, events, seriesIds, arrivedAt);
    if (withRows === undefined) {
      await insert(this.db);
    } else {
      await this.db.transaction(async (tx) => {
        await withRows(tx);
        await insert(tx);
      });
    }
    this.metrics.countEvents(events.length);
  }
}
