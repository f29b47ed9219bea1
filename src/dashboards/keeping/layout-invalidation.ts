import { Injectable } from '@nestjs/common';
import { CacheEvents } from '../../cache/index.js';
import { Clock } from '../../kernel/clock.js';
import { type LogFields, Logger } from '../../platform/logging/index.js';
import { Peers } from '../../platform/scheduling/index.js';
import { MetricRegistry } from '../../platform/telemetry/index.js';

/** What kept layouts are called in the cache. */
export const LAYOUT_ENTITY = 'layout';
/** Longest wait for other instances to hear of a change: the 2.5 s of a newcomer without Redis, and some. */
const TELL_WITHIN_MS = 4_000;

/**
 * Makes kept layouts invalid everywhere, before whoever changed them is answered. It never fails what it follows
 * from: whoever could not be told keeps an old layout until it is compared with the database, once a second.
 */
@Injectable()
export class LayoutInvalidation {
  private readonly countFailure: (failed?: number) => void;

  constructor(
    private readonly cache: CacheEvents,
    private readonly peers: Peers,
    private readonly clock: Clock,
    private readonly logger: Logger,
    registry: MetricRegistry,
  ) {
    this.countFailure = registry
      .counter('dashboards_invalidation_failures_total', {
        help: 'Changes of layouts after which kept ones could not be invalidated in time.',
      })
      .bind({});
  }

  /** Call it when a change of the layout has been committed, or may have been. */
  async invalidate(layoutId: string): Promise<void> {
    const pause = new AbortController();
    try {
      const event = { type: 'entity.changed', entity: LAYOUT_ENTITY, id: layoutId } as const;
      const telling = Promise.all([this.cache.announce(event), this.peers.known()]).then(() => true);
      const waiting = this.clock.sleep(TELL_WITHIN_MS, pause.signal).then(() => false);
      if (!(await Promise.race([telling, waiting]))) this.noteFailure({ waitedMs: TELL_WITHIN_MS });
    } catch (error) {
      this.noteFailure({ err: error });
    } finally {
      pause.abort();
    }
  }

  private noteFailure(fields: LogFields): void {
    this.countFailure();
    this.logger.warn(
      'A kept layout could not be invalidated everywhere; it may be old until the next check',
      fields,
    );
  }
}
