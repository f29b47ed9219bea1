import type { Clock } from '../../kernel/clock.js';
import { MIGRATIONS_APPLICATION, MONITOR_APPLICATION } from '../../platform/database/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { Counter, MetricRegistry } from '../../platform/telemetry/index.js';
import type { PooledConnections } from '../connections/pooled-connections.js';
import { describeHolder, stateOf } from '../holders.js';
import type { ActivityRepository, RunningStatement } from './activity.repository.js';
import { redactSql } from './redact-sql.js';

/** A cancelled statement has this long to end before its connection is ended. */
const CANCEL_GRACE_MS = 5_000;
const OWN_APPLICATIONS = [MONITOR_APPLICATION, MIGRATIONS_APPLICATION];

/** A statement that has been running for long. */
export interface LongRunningRow {
  readonly backendPid: number;
  readonly runningMs: number;
  readonly sql: string | null;
  readonly state: string | null;
  /** Type and name of what it waits for, such as "Lock: transactionid". */
  readonly waitsFor: string | null;
  readonly blockedBy: readonly number[];
  /** Null for those who may not know. */
  readonly applicationName: string | null;
  readonly userName: string | null;
  /** Of a connection of this pool. */
  readonly holder: LongRunningHolder | null;
  /** Why it would not be ended; null when it may be. */
  readonly sparedAs: 'superuser' | 'application' | null;
  readonly isCancelled: boolean;
}

/** Who of this instance runs it. */
export interface LongRunningHolder {
  readonly site: string | null;
  readonly requestId: string | null;
  readonly route: string | null;
  readonly job: string | null;
  readonly tenantId: string | null;
}

/** What the watch over long statements needs. */
export interface LongRunningOptions {
  readonly activity: ActivityRepository;
  readonly connections: PooledConnections;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly longRunningMs: number;
  /** 0: nothing is ended. */
  readonly terminateAfterMs: number;
  readonly sparedApplications: readonly string[];
}

/** Statements that run for long: who runs them, and the end of those that run for too long. */
export class LongRunning {
  /** Those that were told to end, and when. */
  private readonly cancelled = new Map<string, number>();
  private readonly ended: Counter<'how'>;
  private readonly spared: readonly string[];
  /** At the last look. */
  count = 0;

  constructor(
    registry: MetricRegistry,
    private readonly options: LongRunningOptions,
  ) {
    this.spared = [...OWN_APPLICATIONS, ...options.sparedApplications];
    this.ended = registry.counter('pool_statements_ended_total', {
      help: 'Statements that were ended because they ran for too long.',
      labels: ['how'],
    });
  }

  /** Longest first; 100 at most. @throws DatabaseUnavailableError */
  async list(): Promise<LongRunningRow[]> {
    const rows = await this.options.activity.longRunning(this.options.longRunningMs);
    this.count = rows.length;
    return rows.map((row) => this.describe(row));
  }

  /** Counts them, and ends those that have run for too long. @throws DatabaseUnavailableError */
  async enforce(): Promise<void> {
    const rows = await this.options.activity.longRunning(this.options.longRunningMs);
    this.count = rows.length;
    const { terminateAfterMs } = this.options;
    if (terminateAfterMs === 0) return;
    const present = new Set(rows.map(keyOf));
    for (const key of this.cancelled.keys()) if (!present.has(key)) this.cancelled.delete(key);
    const late = rows.filter((row) => row.runningMs >= terminateAfterMs && this.sparedAs(row) === null);
    for (const row of late) await this.end(row);
  }

  private async end(row: RunningStatement): Promise<void> {
    const { activity, clock, logger } = this.options;
    const now = clock.monotonic();
    const cancelledAt = this.cancelled.get(keyOf(row));
    if (cancelledAt !== undefined && now - cancelledAt < CANCEL_GRACE_MS) return;
    const how = cancelledAt === undefined ? 'cancel' : 'terminate';
    try {
      if (!(await activity[how](row, this.spared))) return;
      // From the moment of the last signal: whatever outlives even that is not signalled each second.
      this.cancelled.set(keyOf(row), now);
      this.ended.increment({ how });
      logger.warn('A statement that ran for too long was told to end', { how, ...this.describe(row) });
    } catch (error) {
      this.cancelled.set(keyOf(row), now);
      this.ended.increment({ how: 'refused' });
      logger.warn('A statement that runs for too long cannot be ended', {
        err: error,
        ...this.describe(row),
      });
    }
  }

  private describe(row: RunningStatement): LongRunningRow {
    const { pid, runningMs, query, state, waitEventType, waitEvent, blockedBy, applicationName } = row;
    return {
      backendPid: pid,
      runningMs: Math.round(runningMs),
      sql: query === null || query === '' ? null : redactSql(query),
      state,
      waitsFor: waitEventType === null ? null : `${waitEventType}: ${waitEvent ?? ''}`,
      blockedBy,
      applicationName,
      userName: row.userName,
      holder: this.holderOf(row),
      sparedAs: this.sparedAs(row),
      isCancelled: this.cancelled.has(keyOf(row)),
    };
  }

  private holderOf(row: RunningStatement): LongRunningHolder | null {
    const { connections, clock } = this.options;
    const slot = connections.held().find(({ backendPid }) => backendPid === row.pid);
    if (slot === undefined || stateOf(slot, new Map([[row.pid, row]])) === undefined) return null;
    const { site, requestId, route, job, tenantId } = describeHolder(slot, clock.monotonic(), row);
    return { site, requestId, route, job, tenantId };
  }

  private sparedAs({ isSuperuser, applicationName }: RunningStatement): LongRunningRow['sparedAs'] {
    if (isSuperuser) return 'superuser';
    return this.spared.includes(applicationName) ? 'application' : null;
  }
}

function keyOf({ pid, backendStart, queryStart }: RunningStatement): string {
  return `${pid} ${backendStart} ${queryStart}`;
}
