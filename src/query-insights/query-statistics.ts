import { Inject, Injectable } from '@nestjs/common';
import { QUERY_INSIGHTS_CONFIG, type QueryInsightsConfig } from '../config/index.js';
import { Baselines } from './baselines/baselines.js';
import type { Regression } from './baselines/regression.js';
import { Clock } from '../kernel/clock.js';
import {
  type DatabaseActivityReport,
  type LockReport,
  ServerReport,
  type ServerStatementsReport,
  type Sight,
} from './monitors/server-report.js';
import { QueryProfile } from './profile/query-profile.js';
import type { SlowSample } from './profile/slow-log.js';
import {
  byFigure,
  type FiguresView,
  type StatementOrder,
  type StatementView,
  viewFigures,
  viewStatement,
} from './profile/statement-view.js';
import { availableSource, type InsightSource } from './source.js';

const CLIENT = 'client-profile';

/** What statements of this instance cost. */
export interface QueryStatisticsReport {
  readonly sources: readonly InsightSource[];
  /** Since when the figures of `queries` count. */
  readonly since: Date;
  readonly queries: readonly StatementView[];
  /** Statements that the profile had no place for. */
  readonly other: FiguresView;
  /** What the server counted of all its clients. */
  readonly server: ServerStatementsReport;
}

/** Who waits for whose locks in the database, and which statements were ended as victims of deadlocks. */
export interface DatabaseLocksReport extends LockReport {
  readonly sources: readonly InsightSource[];
  /** Statements of this instance, the most first. */
  readonly deadlocks: readonly Pick<StatementView, 'fingerprint' | 'kind' | 'text' | 'deadlocks'>[];
  /** By the server, whoever ran into them, since its statistics were reset; null while it is not known. */
  readonly deadlocksOfServer: number | null;
}

/** A statement that was slow at times. */
export interface SlowQuery extends StatementView {
  /** Of its calls those that took the threshold or longer; of those within 2 % of it some may be shorter. */
  readonly slowCalls: number;
}

/** Statements that took longer than a threshold. */
export interface SlowQueriesReport {
  readonly sources: readonly InsightSource[];
  readonly thresholdMs: number;
  readonly since: Date;
  /** Slowest first. */
  readonly queries: readonly SlowQuery[];
  /** Single runs, slowest first; runs faster than QUERY_SLOW_MS are not kept. */
  readonly samples: readonly SlowSample[];
}

/** Statements that are slower than they used to be. */
export interface RegressionsReport {
  readonly sources: readonly InsightSource[];
  readonly windowMs: number;
  /** Null before the first window has ended. */
  readonly comparedAt: Date | null;
  /** Statements of the last window. */
  readonly statements: number;
  readonly regressions: readonly Regression[];
}

/** What a reset forgets. profile: figures of this instance, its slow log and its sums of the server's counters. */
export const RESET_SCOPES = ['all', 'profile', 'baselines'] as const;

/** One of these. */
export type ResetScope = (typeof RESET_SCOPES)[number];

/** What a reset has forgotten. */
export interface ResetReceipt {
  readonly scope: ResetScope;
  readonly at: Date;
  /** Hours of baselines that are gone, of all instances. */
  readonly baselineHours: number;
}

/** What statements cost, here and on the server: the facade of profile, monitors and baselines. */
@Injectable()
export class QueryStatistics {
  constructor(
    private readonly profile: QueryProfile,
    private readonly server: ServerReport,
    private readonly baselines: Baselines,
    @Inject(QUERY_INSIGHTS_CONFIG) private readonly config: QueryInsightsConfig,
    private readonly clock: Clock,
  ) {}

  async report(order: StatementOrder, limit: number, sight: Sight): Promise<QueryStatisticsReport> {
    const statements = await this.profile.read();
    const queries = statements.filter(isCalled).map((statement) => viewStatement(statement));
    return {
      sources: [availableSource(CLIENT), ...this.server.sources],
      since: this.profile.since,
      queries: queries.sort(byFigure(order)).slice(0, limit),
      other: viewFigures(this.profile.other),
      server: await this.server.statements(order, limit, sight),
    };
  }

  async locks(sight: Sight): Promise<DatabaseLocksReport> {
    const statements = (await this.profile.read()).filter(({ total }) => total.deadlocks > 0);
    return {
      sources: [availableSource(CLIENT), ...this.server.sources],
      ...this.server.locks(sight),
      deadlocks: statements
        .map((statement) => viewStatement(statement))
        .sort((a, b) => b.deadlocks - a.deadlocks)
        .map(({ fingerprint, kind, text, deadlocks }) => ({ fingerprint, kind, text, deadlocks })),
      deadlocksOfServer: this.server.activity(sight).database?.deadlocks ?? null,
    };
  }

  regressions(): RegressionsReport {
    const { at, statements } = this.baselines.lastComparison;
    return {
      sources: [availableSource(CLIENT), ...this.server.sources],
      windowMs: this.config.baselineWindowMs,
      comparedAt: at,
      statements,
      regressions: this.baselines.regressions,
    };
  }

  /** Forgets own figures; the server's statistics are left alone. @throws DatabaseUnavailableError */
  async reset(scope: ResetScope): Promise<ResetReceipt> {
    const baselineHours = scope === 'profile' ? 0 : await this.baselines.reset();
    if (scope !== 'baselines') {
      this.profile.reset();
      this.server.reset();
    }
    return { scope, at: this.clock.now(), baselineHours };
  }

  activity(sight: Sight): DatabaseActivityReport {
    return this.server.activity(sight);
  }

  async slow(thresholdMs: number, limit: number): Promise<SlowQueriesReport> {
    const statements = (await this.profile.read()).filter(isCalled);
    const queries = statements
      .map((statement) => ({
        ...viewStatement(statement),
        slowCalls: statement.total.callsFrom(thresholdMs),
      }))
      .filter(({ slowCalls }) => slowCalls > 0);
    return {
      sources: [availableSource(CLIENT)],
      thresholdMs,
      since: this.profile.since,
      queries: queries.sort(byFigure('maxMs')).slice(0, limit),
      samples: this.profile.slowLog.slowest(thresholdMs, limit),
    };
  }
}

function isCalled({ total }: { readonly total: { readonly calls: number } }): boolean {
  return total.calls > 0;
}
