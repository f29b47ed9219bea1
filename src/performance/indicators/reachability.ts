import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { MonitorDatabase } from '../../platform/database/index.js';
import type { Reading } from '../../platform/health/index.js';

const TIMEOUT_MS = 1_500;
/** An answer from longer ago says nothing of now. */
const STALE_MS = 10_000;

/** Whether the database answers, asked beside the pool. */
@Injectable()
export class Reachability {
  private isUp = true;
  private askedAtMs: number | undefined;

  constructor(
    private readonly db: MonitorDatabase,
    private readonly clock: Clock,
  ) {}

  /** One round trip, a second and a half at most. */
  async ask(): Promise<void> {
    const answered = new AbortController();
    const pinged = this.db.ping(TIMEOUT_MS).then(
      () => true,
      // The reading tells; whoever needs the database logs why.
      () => false,
    );
    // A server that takes the question and never answers keeps its connection for longer than that.
    const late = this.clock.sleep(TIMEOUT_MS, answered.signal).then(() => false);
    this.isUp = await Promise.race([pinged, late]);
    answered.abort();
    this.askedAtMs = this.clock.monotonic();
  }

  /** 0: it answers, 1: it does not. */
  reading(): Reading {
    if (this.askedAtMs === undefined) return { kind: 'insufficient' };
    const isStale = this.clock.monotonic() - this.askedAtMs > STALE_MS;
    if (isStale) return { kind: 'no-data', reason: 'the database was not asked for a while' };
    return { kind: 'value', value: this.isUp ? 0 : 1 };
  }
}
