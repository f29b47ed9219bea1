import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import type { CollectorEvent } from './event.js';
import { EventRepository } from './event.repository.js';
import type { WithRows } from './idempotent-requests.js';
import { IngestEffects } from './ingest-effects.js';
import { SeriesRegistry } from './series-registry.js';
import type { SeriesNames } from './series.repository.js';

/** Stores events of one tenant, a call a transaction. */
@Injectable()
export class EventWriter {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly series: SeriesRegistry,
    private readonly events: EventRepository,
    private readonly effects: IngestEffects,
  ) {}

  /**
   * Stores all events or none, together with `withRows`. When it returns, no answer from before is given any more.
   * @throws SeriesLimitError COLLECTORS_SERIES_LIMIT
   */
  async write(tenantId: string, events: readonly CollectorEvent[], withRows?: WithRows): Promise<void> {
    const arrivedAt = this.clock.now();
    const seriesIds = await this.series.resolve(tenantId, events);
    const insert = (tx: Queryable): Promise<void> => this.events.insert(tx, events, seriesIds, arrivedAt);
    try {
      if (withRows === undefined) {
        await insert(this.db);
      } else {
        await this.db.transaction(async (tx) => {
          await withRows(tx);
          await insert(tx);
        });
      }
    } finally {
      // After a failure as well: a connection that is lost during the commit leaves open what became of it.
      await this.effects.changed(tenantId, events);
    }
    this.effects.stored({ tenantId, arrivedAt, events });
  }

  /** Invalidates what was computed before events of these series: for events that an earlier request has stored. */
  announce(tenantId: string, series: readonly SeriesNames[] | 'all'): Promise<void> {
    return this.effects.changed(tenantId, series);
  }
}
