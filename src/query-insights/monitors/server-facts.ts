import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { ActivityRepository, type IdleTransaction } from './activity.repository.js';
import {
  type DatabaseCounters,
  type IndexFacts,
  type ReplicaFacts,
  ServerFactsRepository,
  type TableFacts,
  type WraparoundFacts,
} from './server-facts.repository.js';

const IDLE_AFTER_MS = 10_000;
const MOST_TABLES = 30;
const MOST_INDEXES = 30;

/** What the server told of itself at the last looks; null before the first one. */
export interface ServerFactsReport {
  readonly database: (DatabaseCounters & { readonly at: Date }) | null;
  /** Longer than 10 s, longest first. */
  readonly idleTransactions: readonly IdleTransaction[];
  readonly relations: {
    readonly at: Date;
    readonly tables: readonly TableFacts[];
    readonly unusedIndexes: readonly IndexFacts[];
    readonly replicas: readonly ReplicaFacts[];
    readonly wraparound: WraparoundFacts | null;
  } | null;
}

/** Slow changing facts: the database every 10 s, its relations, replicas and transaction ids every minute. */
@Injectable()
export class ServerFacts {
  private report: ServerFactsReport = { database: null, idleTransactions: [], relations: null };

  constructor(
    private readonly repository: ServerFactsRepository,
    private readonly activity: ActivityRepository,
    private readonly clock: Clock,
  ) {}

  get current(): ServerFactsReport {
    return this.report;
  }

  /** Answers how many deadlocks the server ended since the last look. @throws DatabaseUnavailableError */
  async lookAtDatabase(): Promise<number> {
    const before = this.report.database;
    const counters = await this.repository.database();
    const idleTransactions = await this.activity.idleTransactions(IDLE_AFTER_MS);
    const database = counters === undefined ? null : { ...counters, at: this.clock.now() };
    this.report = { ...this.report, database, idleTransactions };
    if (before === null || database === null || before.statsReset !== database.statsReset) return 0;
    return Math.max(0, database.deadlocks - before.deadlocks);
  }

  /** @throws DatabaseUnavailableError */
  async lookAtRelations(): Promise<void> {
    const relations = {
      at: this.clock.now(),
      tables: await this.repository.tables(MOST_TABLES),
      unusedIndexes: await this.repository.unusedIndexes(MOST_INDEXES),
      replicas: await this.repository.replicas(),
      wraparound: (await this.repository.wraparound()) ?? null,
    };
    this.report = { ...this.report, relations };
  }
}
