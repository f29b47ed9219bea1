import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { type Recorded, RecordedWorkload, ServerWorkload } from '../advice/recorded-workload.js';
import { sqlStateOf } from './figures.js';
import type { ProfiledStatement } from './fingerprint-table.js';
import { QueryProfile } from './query-profile.js';

const NOT_PERMITTED = '42501';
const KINDS = ['select', 'insert', 'update', 'delete', 'merge'];
/** Longer texts are not kept whole. */
const LONGEST_TEXT = 4_096;
/** Questions about the server itself, for which nobody makes an index. */
const ABOUT_THE_SERVER = /\b(pg_catalog|pg_stat|pg_class|pg_locks|information_schema)/i;

/** Statements by the server's counters, which know all clients; where those are missing, by this process's own. */
@Injectable()
export class ProfiledWorkload extends RecordedWorkload {
  constructor(
    private readonly server: ServerWorkload,
    private readonly profile: QueryProfile,
  ) {
    super();
  }

  async read(limit: number): Promise<Recorded> {
    const recorded = await this.readServer(limit);
    if (recorded.statements.length > 0) return recorded;
    const statements = (await this.profile.read()).filter(isExplainable);
    if (statements.length === 0) return recorded;
    return {
      source: 'client-profile',
      reason: `${recorded.reason ?? 'The server has counted nothing yet.'} Statements of this instance alone were looked at.`,
      statements: statements
        .toSorted((a, b) => b.total.totalMs - a.total.totalMs)
        .slice(0, limit)
        .map(({ text, total }) => ({ text, calls: total.calls, meanMs: total.meanMs ?? 0 })),
    };
  }

  private async readServer(limit: number): Promise<Recorded> {
    try {
      return await this.server.read(limit);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const sqlState = sqlStateOf(error);
      const reason =
        sqlState === NOT_PERMITTED
          ? 'The server does not let the role of DATABASE_URL read pg_stat_statements.'
          : `pg_stat_statements could not be read (SQLSTATE ${sqlState ?? 'unknown'}).`;
      return { source: 'none', reason, statements: [] };
    }
  }
}

function isExplainable({ kind, text, total }: ProfiledStatement): boolean {
  const isWhole = text.length < LONGEST_TEXT;
  return isWhole && total.calls > 0 && KINDS.includes(kind) && !ABOUT_THE_SERVER.test(text);
}
