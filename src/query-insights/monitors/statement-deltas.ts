/** Counters of one statement; times in ms. */
export interface StatementCounters {
  readonly calls: number;
  readonly rows: number;
  readonly totalMs: number;
  readonly planMs: number;
  readonly blocksHit: number;
  readonly blocksRead: number;
  readonly tempBlocksWritten: number;
}

/** Counters as the server has them. */
export interface StatementRow extends StatementDelta {
  /** When the server began to count; null before PostgreSQL 17. */
  readonly since: string | null;
}

/** What one statement of one role did in a time. */
export interface StatementDelta extends StatementCounters {
  readonly userId: string;
  /** Name of the role, or its number when it is gone. */
  readonly role: string;
  readonly queryId: string;
  readonly isTopLevel: boolean;
}

/** What the server did between two looks. */
export interface DeltaWindow {
  readonly from: Date;
  readonly to: Date;
  readonly deltas: readonly StatementDelta[];
  /** Why figures are missing from it; empty when it is whole. */
  readonly gaps: readonly string[];
}

/** Of pg_stat_statements_info; null where that is missing. */
export interface StatementsInfo {
  /** Entries that made room for others. */
  readonly dealloc: number | null;
  readonly statsReset: string | null;
}

/** One look at the counters. */
export interface Look {
  readonly at: Date;
  readonly rows: readonly StatementRow[];
  readonly info: StatementsInfo;
  /** There are more statements than were read. */
  readonly isCutOff: boolean;
}

const COUNTERS = [
  'calls',
  'rows',
  'totalMs',
  'planMs',
  'blocksHit',
  'blocksRead',
  'tempBlocksWritten',
] as const satisfies readonly (keyof StatementCounters)[];

/**
 * Counters that only grow, made into what happened since the last look. Others may reset them, the server may restart or
 * drop entries: then the new value is where counting begins, and the window says that it is not whole. A wrong figure is
 * worse than a missing one.
 */
export class StatementDeltas {
  private last: Look | undefined;
  private known = new Map<string, StatementRow>();

  /** What happened since the last look; undefined at the first one. */
  take(look: Look): DeltaWindow | undefined {
    const { last, known } = this;
    this.last = look;
    this.known = new Map(look.rows.map((row) => [keyOf(row), row]));
    if (last === undefined) return undefined;
    const gaps = new Set(gapsBetween(last, look));
    const isReset = last.info.statsReset !== look.info.statsReset;
    const deltas = isReset ? [] : this.deltasSince(known, look, { last, gaps });
    return { from: last.at, to: look.at, deltas, gaps: [...gaps] };
  }

  private deltasSince(
    known: ReadonlyMap<string, StatementRow>,
    look: Look,
    { last, gaps }: { readonly last: Look; readonly gaps: Set<string> },
  ): StatementDelta[] {
    return look.rows.flatMap((row) => {
      const before = known.get(keyOf(row));
      // The server says by itself that it began to count after the last look, or nothing was left out of that one.
      const isNew = before === undefined ? !last.isCutOff : before.since !== row.since;
      if (isNew) return [difference(row, undefined)];
      if (before === undefined) return [];
      const delta = difference(row, before);
      if (COUNTERS.some((name) => delta[name] < 0)) {
        gaps.add('counters of some statements were reset');
        return [];
      }
      return delta.calls === 0 ? [] : [delta];
    });
  }
}

/** One entry of pg_stat_statements within a database. */
export function keyOf({
  userId,
  queryId,
  isTopLevel,
}: Omit<StatementDelta, keyof StatementCounters>): string {
  return `${userId} ${queryId} ${isTopLevel}`;
}

/** Adds up what one statement did in several windows. */
export function sumOf(a: StatementDelta, b: StatementDelta): StatementDelta {
  return combine(a, (name) => a[name] + b[name]);
}

function difference(row: StatementRow, before: StatementRow | undefined): StatementDelta {
  return combine(row, (name) => row[name] - (before?.[name] ?? 0));
}

function combine(
  { userId, role, queryId, isTopLevel }: StatementDelta,
  valueOf: (name: keyof StatementCounters) => number,
): StatementDelta {
  return {
    userId,
    role,
    queryId,
    isTopLevel,
    calls: valueOf('calls'),
    rows: valueOf('rows'),
    totalMs: valueOf('totalMs'),
    planMs: valueOf('planMs'),
    blocksHit: valueOf('blocksHit'),
    blocksRead: valueOf('blocksRead'),
    tempBlocksWritten: valueOf('tempBlocksWritten'),
  };
}

function gapsBetween(last: Look, look: Look): string[] {
  const gaps: string[] = [];
  if (last.info.statsReset !== look.info.statsReset) {
    gaps.push('the statistics of the server were reset, or it was restarted');
  } else if ((look.info.dealloc ?? 0) > (last.info.dealloc ?? 0)) {
    gaps.push('the server dropped entries: raise pg_stat_statements.max');
  }
  if (look.isCutOff) gaps.push('the server has more statements than are read: the cheapest are left out');
  return gaps;
}
