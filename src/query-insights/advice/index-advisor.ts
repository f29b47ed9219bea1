import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { Catalog } from './catalog.js';
import { CatalogRepository } from './catalog.repository.js';
import { findingsOf, foreignKeySuggestions, type IndexFinding } from './core/rules.js';
import type { IndexSuggestion } from './core/suggestion.js';
import { type Recorded, RecordedWorkload } from './recorded-workload.js';
import type { NotExplained } from './statement-analysis.js';
import { adviseWorkload, type WorkloadAdvice } from './workload-advice.js';

/** What would make the recorded statements cheaper, and which indexes only cost. */
export interface IndexReport {
  readonly source: Recorded['source'];
  readonly reason?: string;
  readonly statements: number;
  readonly suggestions: readonly IndexSuggestion[];
  readonly findings: readonly IndexFinding[];
  readonly notExplained: readonly NotExplained[];
  readonly rewrites: WorkloadAdvice['rewrites'];
}

/** Planning many statements takes a connection for about a second: whoever asks again gets the same answer. */
const KEPT_MS = 60_000;
const MOST_TABLES = 500;

interface KeptReport {
  readonly report: Promise<IndexReport>;
  /** Infinity until it is there: whoever asks meanwhile waits for it. */
  madeAtMs: number;
}

/** Advice on indexes for the database of this server: nothing is created, nothing is executed. */
@Injectable()
export class IndexAdvisor {
  private readonly kept = new Map<number, KeptReport>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly db: Database,
    private readonly recorded: RecordedWorkload,
    private readonly clock: Clock,
  ) {}

  /** Over the recorded workload; at most a minute old. One is made at a time, and takes one connection. */
  report(statements: number): Promise<IndexReport> {
    const known = this.kept.get(statements);
    if (known !== undefined && this.clock.monotonic() - known.madeAtMs < KEPT_MS) return known.report;
    const report = this.last.then(() => this.makeReport(statements));
    const entry: KeptReport = { report, madeAtMs: Infinity };
    this.kept.set(statements, entry);
    this.last = report.then(
      () => {
        entry.madeAtMs = this.clock.monotonic();
      },
      // A failure is nothing to keep.
      () => this.kept.delete(statements),
    );
    return report;
  }

  /** Over statements of the caller's choice, which are one workload. */
  advise(texts: readonly string[]): Promise<WorkloadAdvice> {
    const workload = texts.map((text) => ({ text, calls: 1 }));
    return this.db.session((session) => adviseWorkload(session, workload));
  }

  private async makeReport(limit: number): Promise<IndexReport> {
    const { source, reason, statements } = await this.recorded.read(limit);
    return this.db.session(async (session) => {
      const advice = await adviseWorkload(session, statements);
      const { foreignKeys, findings } = await this.byRule(session);
      const named = new Set(
        advice.suggestions.map(({ tableName, columns }) => `${tableName} ${columns.join()}`),
      );
      const further = foreignKeys.filter(
        ({ tableName, columns }) => !named.has(`${tableName} ${columns.join()}`),
      );
      return {
        source,
        ...(reason !== undefined && { reason }),
        statements: statements.length,
        suggestions: [...advice.suggestions, ...further],
        findings,
        notExplained: advice.notExplained,
        rewrites: advice.rewrites,
      };
    });
  }

  /** What the catalog alone tells. */
  private async byRule(session: Queryable) {
    const repository = new CatalogRepository(session);
    const tables = new Catalog(repository).keep(await repository.userTables(MOST_TABLES));
    const ageDays = await repository.statisticsAgeDays(this.clock.now());
    return {
      foreignKeys: foreignKeySuggestions(tables),
      findings: findingsOf(tables, ageDays ?? undefined),
    };
  }
}
