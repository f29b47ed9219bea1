import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { RecordedWorkloadRepository } from './recorded-workload.repository.js';
import type { WorkloadStatement } from './statement-analysis.js';

/** Statements that ran, and who says so. */
export interface Recorded {
  readonly source: 'pg_stat_statements' | 'client-profile' | 'none';
  /** Why there is nothing, or not all. */
  readonly reason?: string;
  readonly statements: readonly WorkloadStatement[];
}

/** What a database was asked, for advice on its indexes. */
export abstract class RecordedWorkload {
  /** The most expensive statements, by the time they took together. */
  abstract read(limit: number): Promise<Recorded>;
}

const ABSENT =
  'The extension pg_stat_statements is not created in this database, so that nobody knows what was asked: load it by shared_preload_libraries and CREATE EXTENSION pg_stat_statements.';

/** By the server's own counters. */
@Injectable()
export class ServerWorkload extends RecordedWorkload {
  private readonly repository: RecordedWorkloadRepository;

  constructor(db: Database) {
    super();
    this.repository = new RecordedWorkloadRepository(db);
  }

  async read(limit: number): Promise<Recorded> {
    const schema = await this.repository.statementsSchema();
    if (schema === undefined) return { source: 'none', reason: ABSENT, statements: [] };
    return { source: 'pg_stat_statements', statements: await this.repository.statements(schema, limit) };
  }
}
