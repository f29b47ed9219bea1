import { Inject, Injectable } from '@nestjs/common';
import { COLLECTORS_CONFIG, type CollectorsConfig } from '../../config/index.js';
import { Clock } from '../../kernel/clock.js';
import { DAY_MS } from '../time.js';

/**
 * From when on raw rows are complete: within their retention, and after the last partition that was dropped.
 * The second bound matters when the retention is raised: hours whose rows are gone must not be computed anew
 * from a late event. It is read with the partitions, at start and every hour.
 */
@Injectable()
export class RawHorizon {
  private droppedUntil = new Date(0);

  constructor(
    private readonly clock: Clock,
    @Inject(COLLECTORS_CONFIG) private readonly config: CollectorsConfig,
  ) {}

  /** The earliest instant of an event that is accepted, and of a raw row that may be read. */
  earliest(): Date {
    const byRetention = this.clock.now().getTime() - this.config.rawRetentionDays * DAY_MS;
    return new Date(Math.max(byRetention, this.droppedUntil.getTime()));
  }

  /** Notes until when partitions have been dropped. */
  note(droppedUntil: Date): void {
    this.droppedUntil = droppedUntil;
  }
}
