import { Injectable } from '@nestjs/common';
import type { CacheEvent } from '../../cache/index.js';
import { Clock } from '../../kernel/clock.js';
import { DomainEvents } from '../../platform/events/index.js';
import { type LogFields, Logger } from '../../platform/logging/index.js';
import { CollectorsMetrics } from '../collectors-metrics.js';
import { CachedAnswers } from './cached-answers.js';
import { EVENTS_STORED, type EventsStored } from './events-stored.js';
import type { SeriesNames } from './series.repository.js';

/** Longest wait for other instances to hear of a change: the 2.5 s of a newcomer without Redis, and some. */
const TELL_WITHIN_MS = 4_000;

/**
 * What follows from changed events: answers cached before are invalidated, everywhere, before the sender is told
 * that its events are stored; those are counted, and told to whoever shows them. It never fails what it follows from:
 * whoever could not be told keeps an old answer until its TTL at most.
 */
@Injectable()
export class IngestEffects {
  constructor(
    private readonly answers: CachedAnswers,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    private readonly metrics: CollectorsMetrics,
    private readonly logger: Logger,
  ) {}

  /** Call it when events have been committed, after `changed`: whoever hears of it may ask for new answers. */
  stored(stored: EventsStored): void {
    this.metrics.countEvents(stored.events.length);
    this.events.publish(EVENTS_STORED, stored);
  }

  /** Call it when events of these series have been committed, or may have been. */
  changed(tenantId: string, series: readonly SeriesNames[] | 'all'): Promise<void> {
    if (series.length === 0) return Promise.resolve();
    return this.announce({
      type: 'metrics.ingested',
      tenantId,
      series: series === 'all' ? series : distinct(series),
    });
  }

  /** Call it when retention has removed events or rollups. */
  expired(): Promise<void> {
    return this.announce({ type: 'metrics.expired' });
  }

  private async announce(event: CacheEvent): Promise<void> {
    const pause = new AbortController();
    try {
      const telling = this.answers.outdate(event).then(() => true);
      const waiting = this.clock.sleep(TELL_WITHIN_MS, pause.signal).then(() => false);
      if (!(await Promise.race([telling, waiting]))) this.noteFailure(event, { waitedMs: TELL_WITHIN_MS });
    } catch (error) {
      this.noteFailure(event, { err: error });
    } finally {
      pause.abort();
    }
  }

  private noteFailure({ type }: CacheEvent, fields: LogFields): void {
    this.metrics.countFailedInvalidation();
    this.logger.warn('Cached answers could not be invalidated everywhere; some may be old until their TTL', {
      event: type,
      ...fields,
    });
  }
}

/** Names cannot hold a quote, so it separates them without doubt. */
function distinct(series: readonly SeriesNames[]): readonly SeriesNames[] {
  return [...new Map(series.map((names) => [`${names.scraperSource}"${names.metricType}`, names])).values()];
}
