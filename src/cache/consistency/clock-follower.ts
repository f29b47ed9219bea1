import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import type { Logger } from '../../platform/logging/index.js';
import type { CacheCounters } from '../monitoring/counters.js';
import type { InvalidationLog } from './invalidation-log.js';
import type { Replica } from './replica.js';
import { ServerTime } from './server-time.js';

const EPOCH_LENGTH = 12;

/** What ClockFollower is made of. */
export interface FollowerParts {
  readonly log: InvalidationLog;
  readonly replica: Replica;
  readonly counters: CacheCounters;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** After Redis lost its memory, instances that are not heard of may answer what they had for this long. */
  readonly presenceMs: number;
}

/** Brings the replica to where the shared clock is. Every method throws when Redis does not answer. */
export class ClockFollower {
  readonly time: ServerTime;
  private hasAllCells = false;
  private epochAgeMs = 0;
  private epochReadAtMs = 0;

  constructor(private readonly parts: FollowerParts) {
    this.time = new ServerTime(parts.clock);
  }

  /** The epoch is so young that instances may not have found each other yet. */
  isReuniting(): boolean {
    return this.epochAgeMs + (this.parts.clock.monotonic() - this.epochReadAtMs) < this.parts.presenceMs;
  }

  /** Takes part in the clock. True when it was another one than before: nothing in the process is valid any more. */
  async join(isLoud: boolean): Promise<boolean> {
    const { log, replica, clock, ids } = this.parts;
    const askedAt = clock.monotonic();
    const known = { epoch: replica.epoch, sequence: replica.applied };
    const reading = await log.beat(known, ids.token(EPOCH_LENGTH), isLoud);
    this.time.learn(reading.nowMs, askedAt);
    this.epochAgeMs = reading.ageMs;
    this.epochReadAtMs = clock.monotonic();
    const isOther = reading.epoch !== replica.epoch;
    if (isOther) this.takeOver(reading.epoch, reading.sequence);
    if (!this.hasAllCells) await this.learnCells();
    return isOther;
  }

  /** Applies what the log has since the last applied sequence. False when it belongs to another epoch. */
  async readLog(): Promise<boolean> {
    const { log, replica, counters } = this.parts;
    counters.logReads += 1;
    const page = await log.readSince(replica.applied);
    if (page === undefined || page.epoch !== replica.epoch) return false;
    for (const entry of page.entries) replica.apply(entry.sequence, entry);
    if (replica.applied < page.sequence) {
      // The log no longer has all of it.
      this.takeOver(page.epoch, page.sequence);
      await this.learnCells();
    }
    return true;
  }

  /** Whether the replica has all that Redis knows of these cells; undefined when it changed too much meanwhile. */
  async agreesOn(cells: readonly number[]): Promise<boolean | undefined> {
    const { log, replica } = this.parts;
    const { restarts } = replica;
    const sequences = await log.sequencesOf(cells);
    if (replica.restarts !== restarts) return undefined;
    return !cells.some((cell, index) => replica.hasMissed(cell, sequences[index] ?? 0));
  }

  private takeOver(epoch: string, sequence: number): void {
    const { replica, logger, counters } = this.parts;
    if (replica.epoch !== '') {
      counters.takeOvers += 1;
      logger.warn('Invalidations in Redis were lost or missed; what this instance held is dropped', {
        epoch,
      });
    }
    replica.restart(epoch, sequence);
    this.hasAllCells = false;
  }

  private async learnCells(): Promise<void> {
    const { log, replica } = this.parts;
    const { restarts } = replica;
    if (replica.applied > 0) {
      for await (const cells of log.cells()) {
        if (replica.restarts !== restarts) return;
        replica.learn(cells);
      }
      if (replica.restarts !== restarts) return;
    }
    replica.complete();
    this.hasAllCells = true;
  }
}
