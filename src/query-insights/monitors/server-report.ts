import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { shownText, type StatementOrder } from '../profile/statement-view.js';
import type { InsightSource } from '../source.js';
import type { ActivitySample } from './activity-monitor.js';
import type { SessionDetails } from './activity.repository.js';
import type { LockState } from './lock-watch.js';
import { Monitors } from './monitors.js';
import type { ServerFactsReport } from './server-facts.js';
import type { StatementDelta } from './statement-deltas.js';

/** Who may see texts and names of others. */
export interface Sight {
  readonly seesOthers: boolean;
}

/** A statement by the server's counters; times in ms. */
export interface ServerStatement extends Omit<StatementDelta, 'userId' | 'role'> {
  /** Null for those who may not see others. */
  readonly role: string | null;
  /** Without literals; null for those who may not see others, and where the server has none any more. */
  readonly text: string | null;
  readonly meanMs: number;
  /** Samples, one a second, in which it was seen waiting, by event. */
  readonly waits: Readonly<Record<string, number>>;
}

/** What the server counted of all its clients. */
export interface ServerStatementsReport {
  /** Since when; null while nothing was read. */
  readonly since: Date | null;
  readonly until: Date | null;
  /** Why counts are missing; empty when all are there. */
  readonly gaps: readonly string[];
  readonly queries: readonly ServerStatement[];
}

/** A session in the tree of locks. */
export interface ShownSession extends Omit<SessionDetails, 'query'> {
  /** Without literals; null for those who may not see others. */
  readonly text: string | null;
}

/** Sessions by what they do, and what the server says of itself. */
export interface DatabaseActivityReport extends ServerFactsReport {
  readonly sources: readonly InsightSource[];
  /** One a second, oldest first. */
  readonly lastMinute: readonly ActivitySample[];
}

interface Texts {
  readonly texts: ReadonlyMap<string, string>;
  readonly failure?: string;
}

const NO_TEXTS: Texts = { texts: new Map() };

/** Puts what monitors know into the form that is shown. */
@Injectable()
export class ServerReport {
  constructor(private readonly monitors: Monitors) {}

  get sources(): readonly InsightSource[] {
    const { activity, statements } = this.monitors;
    return [activity.source, statements.source];
  }

  async statements(order: StatementOrder, limit: number, sight: Sight): Promise<ServerStatementsReport> {
    const { statements } = this.monitors;
    const ranked = [...statements.all()].sort(byCounter(order)).slice(0, limit);
    const ids = [...new Set(ranked.map(({ queryId }) => queryId))];
    const { texts, failure } = sight.seesOthers ? await this.textsOf(ids) : NO_TEXTS;
    return {
      since: statements.since,
      until: statements.window?.to ?? null,
      gaps: failure === undefined ? statements.missing : [...statements.missing, failure],
      queries: ranked.map((delta) => this.viewStatement(delta, sight, texts)),
    };
  }

  locks({ seesOthers }: Sight): LockReport {
    const { trees, ...rest } = this.monitors.locks.current;
    return {
      ...rest,
      trees: trees.map(({ root, session, waiting }) => ({
        root,
        session: viewSession(session, seesOthers),
        waiting: waiting.map((node) => ({ ...node, session: viewSession(node.session, seesOthers) })),
      })),
    };
  }

  activity({ seesOthers }: Sight): DatabaseActivityReport {
    const { activity, facts } = this.monitors;
    const { idleTransactions, ...rest } = facts.current;
    return {
      sources: [activity.source],
      lastMinute: activity.lastMinute,
      ...rest,
      idleTransactions: seesOthers
        ? idleTransactions
        : idleTransactions.map((idle) => ({ ...idle, user: null, application: null })),
    };
  }

  /** Forgets what was added up; the server's own counters stay. */
  reset(): void {
    this.monitors.statements.reset();
  }

  /** A server that is away must not hide what is known. */
  private async textsOf(queryIds: readonly string[]): Promise<Texts> {
    try {
      return { texts: await this.monitors.statements.textsOf(queryIds) };
    } catch (error) {
      const reason = error instanceof AppError ? error.message : 'the server refused it';
      return { texts: new Map(), failure: `texts could not be read: ${reason}` };
    }
  }

  private viewStatement(
    delta: StatementDelta,
    { seesOthers }: Sight,
    texts: ReadonlyMap<string, string>,
  ): ServerStatement {
    const { userId, role, ...counters } = delta;
    const text = texts.get(delta.queryId);
    return {
      ...counters,
      role: seesOthers ? `${role} (${userId})` : null,
      text: text === undefined || !seesOthers ? null : shownText(text),
      meanMs: delta.calls === 0 ? 0 : delta.totalMs / delta.calls,
      waits: Object.fromEntries(this.monitors.activity.waitsOf(delta.queryId) ?? []),
    };
  }
}

/** A tree of locks as it is shown. */
export interface ShownTree {
  /** 0 is a prepared transaction: see pg_prepared_xacts. */
  readonly root: number;
  readonly session: ShownSession | null;
  readonly waiting: readonly (Omit<LockState['trees'][number]['waiting'][number], 'session'> & {
    readonly session: ShownSession | null;
  })[];
}

/** Who waits for whose locks, as it is shown. */
export interface LockReport extends Omit<LockState, 'trees'> {
  readonly trees: readonly ShownTree[];
}

function viewSession(session: SessionDetails | null, seesOthers: boolean): ShownSession | null {
  if (session === null) return null;
  const { query, user, application, ...rest } = session;
  if (!seesOthers) return { ...rest, user: null, application: null, text: null };
  return { ...rest, user, application, text: query === null ? null : shownText(query) };
}

/** The server knows no percentiles: orders by one of them, and by failures, are orders by the total. */
function byCounter(order: StatementOrder): (a: StatementDelta, b: StatementDelta) => number {
  const valueOf = ({ calls, rows, totalMs }: StatementDelta): number => {
    if (order === 'calls') return calls;
    if (order === 'rows') return rows;
    return order === 'meanMs' && calls > 0 ? totalMs / calls : totalMs;
  };
  return (a, b) => valueOf(b) - valueOf(a) || a.queryId.localeCompare(b.queryId);
}
