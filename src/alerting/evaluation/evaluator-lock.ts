import { Injectable } from '@nestjs/common';
import { type AcquiredLock, LockBusyError, LockService } from '../../locks/index.js';
import { Logger } from '../../platform/logging/index.js';

const RESOURCE = 'alerting:evaluator';
/** It is prolonged while this process lives: so long after its end another one may evaluate. */
const TTL_MS = 3_000;

/**
 * Lets one instance evaluate. It is there to save work, not for safety: two evaluations at once do no harm. So while
 * the place where locks live is away, everybody evaluates, rather than nobody.
 */
@Injectable()
export class EvaluatorLock {
  private held: AcquiredLock | undefined;
  private isBackendAway = false;
  private isReleased = false;

  constructor(
    private readonly locks: LockService,
    private readonly logger: Logger,
  ) {}

  /** Aborts when the right to evaluate is lost; undefined: it is not ours. */
  signal(): AbortSignal | undefined {
    if (this.held !== undefined && this.held.remainingMs() > 0) return this.held.signal;
    return this.isBackendAway && !this.isReleased ? new AbortController().signal : undefined;
  }

  /** Tries to become the one who evaluates; to be called every second. True when that has just come about. */
  async seek(): Promise<boolean> {
    if (this.isReleased || (this.held !== undefined && this.held.remainingMs() > 0)) return false;
    this.held = undefined;
    try {
      const acquired = await this.locks.acquire(RESOURCE, { ttlMs: TTL_MS, waitMs: 0 });
      if (await this.isTooLate(acquired)) return false;
      this.held = acquired;
    } catch (error) {
      this.noteAway(!(error instanceof LockBusyError), error);
      return false;
    }
    this.noteAway(false, undefined);
    return true;
  }

  /** Lets another instance go on at once, for good: jobs may run on for some seconds while this one stops. */
  async release(): Promise<void> {
    this.isReleased = true;
    const { held } = this;
    this.held = undefined;
    await held?.release();
  }

  /** It came when this instance had already begun to stop. */
  private async isTooLate(acquired: AcquiredLock): Promise<boolean> {
    if (this.isReleased) await acquired.release();
    return this.isReleased;
  }

  private noteAway(isAway: boolean, error: unknown): void {
    if (isAway && !this.isBackendAway) {
      this.logger.warn(
        'No lock can be had to evaluate alert rules alone; every instance evaluates until it can',
        {
          err: error,
        },
      );
    }
    this.isBackendAway = isAway;
  }
}
