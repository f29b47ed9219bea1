import { AppError } from '../../kernel/app-error.js';
import type { Clock } from '../../kernel/clock.js';
import type { MonitorDatabase } from '../../platform/database/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { PooledConnections } from '../connections/pooled-connections.js';
import type { Slot } from '../connections/slot.js';

const PING_MS = 2_000;

/** What the last check found. */
export interface HealthReport {
  readonly isServerUp: boolean;
  /** Null before the first check. */
  readonly checkedAt: Date | null;
  /** Of one round trip beside the pool. */
  readonly roundTripMs: number | null;
  /** Why the server counts as down, in words that are safe to show. */
  readonly reason: string | null;
  /** Idle connections that were asked, and those of them that did not answer and were removed. */
  readonly idleChecked: number;
  readonly idleRemoved: number;
}

/** What a check needs. */
export interface PoolHealthOptions {
  readonly connections: PooledConnections;
  readonly monitor: MonitorDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Asks the server, and every idle connection, whether they still answer; dead ones make room. */
export class PoolHealth {
  private last: HealthReport = {
    isServerUp: true,
    checkedAt: null,
    roundTripMs: null,
    reason: null,
    idleChecked: 0,
    idleRemoved: 0,
  };

  constructor(private readonly options: PoolHealthOptions) {}

  get report(): HealthReport {
    return this.last;
  }

  /** @throws when the server does not answer; the report has it, too */
  async check(): Promise<void> {
    const { clock, monitor, logger } = this.options;
    const idle = await this.checkIdle();
    const startedAt = clock.monotonic();
    const found = { checkedAt: clock.now(), idleChecked: idle.length, idleRemoved: countDead(idle) };
    if (found.idleRemoved > 0) logger.warn('Idle connections of the pool were dead', found);
    try {
      await monitor.ping(PING_MS);
      const roundTripMs = clock.monotonic() - startedAt;
      this.last = { ...found, isServerUp: true, roundTripMs, reason: null };
    } catch (error) {
      const reason = error instanceof AppError ? error.message : 'the server could not be asked';
      this.last = { ...found, isServerUp: false, roundTripMs: null, reason };
      throw error;
    }
  }

  /** All at once: one that does not answer keeps nobody waiting for the others. */
  private async checkIdle(): Promise<boolean[]> {
    const { connections } = this.options;
    const idle = connections.pool?.available ?? 0;
    const checks = Array.from({ length: idle }, async () => {
      // An empty pool meanwhile: nothing to check. A failure is what the ping will tell.
      const slot = await connections.takeIdle().catch(() => undefined);
      return slot === undefined ? [] : [await this.checkSlot(slot)];
    });
    return (await Promise.all(checks)).flat();
  }

  private async checkSlot(slot: Slot): Promise<boolean> {
    const isAlive = await slot.client.query({ text: 'SELECT 1', query_timeout: PING_MS }).then(
      () => true,
      () => false,
    );
    this.options.connections.returnIdle(slot, isAlive);
    return isAlive;
  }
}

function countDead(answers: readonly boolean[]): number {
  return answers.filter((isAlive) => !isAlive).length;
}
