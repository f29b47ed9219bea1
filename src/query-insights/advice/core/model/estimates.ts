import { distinctValues } from '../facts.js';
import type { Qualifier } from '../plan/qualifier.js';
import { quoteName } from '../plan/print.js';
import type { Scan } from './tree.js';
import { isLocal } from './tree-walk.js';

/** Rows of a table under a condition: to be asked of the planner. */
export interface RowsQuestion {
  readonly scan: Scan;
  /** Absent for all rows. */
  readonly where?: string;
}

/** What PostgreSQL assumes where it knows nothing (DEFAULT_*_SEL). */
const UNKNOWN_RANGE = 1 / 3;
const UNKNOWN_BETWEEN = 0.005;
const UNKNOWN = { range: UNKNOWN_RANGE, row: UNKNOWN_RANGE, prefix: 0.005, search: 0.005, other: 0.5 };
/** Below it a policy hides rows; at it a condition is the policy. */
const POLICY_SHARE = 0.9;

/** Shares of rows that conditions leave, by the planner's own statistics. */
export class Estimates {
  private readonly answers = new Map<string, number>();

  /** What must be asked before the estimates are good. */
  static questions(scans: readonly Scan[]): RowsQuestion[] {
    const questions = scans.flatMap((scan) => {
      const known = knownOf(scan);
      const groups = [known, ...rangeGroups(known), ...known.map((one) => [one]), ...known.flatMap(armsOf)];
      return [undefined, ...groups.map(together)].map((where) => ({ scan, ...(where && { where }) }));
    });
    return [...new Map(questions.map((question) => [idOf(question), question])).values()];
  }

  answer(question: RowsQuestion, rows: number): void {
    this.answers.set(idOf(question), rows);
  }

  /** Rows of the whole table; policies of row-level security hide some of them from questions. */
  tableRows(scan: Scan): number {
    return Math.max(1, scan.table.rows > 0 ? scan.table.rows : this.visibleRows(scan));
  }

  private visibleRows(scan: Scan): number {
    return Math.max(1, this.answers.get(idOf({ scan })) ?? scan.table.rows);
  }

  /** Rows that the scan's own conditions leave; conditions of joins do not count. */
  scanRows(scan: Scan): number {
    const known = knownOf(scan);
    const unknown = scan.qualifiers.filter((one) => isLocal(one, scan) && !known.includes(one));
    return Math.max(1, this.tableRows(scan) * this.share(scan, known) * this.shareOfUnknown(scan, unknown));
  }

  /** Share of the table's rows that the conditions leave together. */
  share(scan: Scan, qualifiers: readonly Qualifier[]): number {
    const known = qualifiers.filter(({ isKnown }) => isKnown);
    const unknown = qualifiers.filter(({ isKnown }) => !isKnown);
    return this.shareOfKnown(scan, known) * this.shareOfUnknown(scan, unknown);
  }

  private shareOfKnown(scan: Scan, known: readonly Qualifier[]): number {
    if (known.length === 0) return 1;
    const whole = this.asked(scan, known);
    if (whole !== undefined) return whole;
    const grouped = rangeGroups(known).flatMap((group) => {
      const share = this.asked(scan, group);
      return share === undefined ? [] : [{ group, share }];
    });
    const rest = known.filter((one) => !grouped.some(({ group }) => group.includes(one)));
    const shares = [
      ...grouped.map(({ share }) => share),
      ...rest.map((one) => this.asked(scan, [one]) ?? this.guess(scan, one)),
    ];
    return shares.reduce((product, share) => product * share, 1);
  }

  private asked(scan: Scan, qualifiers: readonly Qualifier[]): number | undefined {
    const where = together(qualifiers);
    const rows = where === undefined ? undefined : this.answers.get(idOf({ scan, where }));
    if (rows === undefined) return undefined;
    const [all, visible] = [this.tableRows(scan), this.visibleRows(scan)];
    const isPolicy = visible < all * POLICY_SHARE && rows >= visible * POLICY_SHARE;
    // Every answer is about what a policy leaves, of which the statement's own conditions take a share.
    const isWhole = qualifiers.length === knownOf(scan).length;
    return Math.min(1, rows / (isWhole || isPolicy || visible >= all * POLICY_SHARE ? all : visible));
  }

  private shareOfUnknown(scan: Scan, unknown: readonly Qualifier[]): number {
    const between = rangeGroups(unknown).filter((group) => group.length > 1);
    const rest = unknown.filter((one) => !between.some((group) => group.includes(one)));
    return rest.reduce((product, one) => product * this.guess(scan, one), UNKNOWN_BETWEEN ** between.length);
  }

  private either(scan: Scan, arms: Qualifier['arms']): number {
    const together = arms.reduce((sum, arm) => sum + this.share(scan, arm), 0);
    return Math.min(1, together);
  }

  private guess(scan: Scan, { kind, keys, values, arms }: Qualifier): number {
    const column = scan.table.columns.get(keys[0]?.column ?? '');
    const filled = 1 - (column?.nullShare ?? 0);
    switch (kind) {
      case 'equal':
        return Math.min(1, (values * filled) / distinctValues(column, this.tableRows(scan)));
      case 'null':
        return 1 - filled;
      case 'not-null':
        return filled;
      case 'or':
        return this.either(scan, arms);
      default:
        return UNKNOWN[kind];
    }
  }
}

function knownOf(scan: Scan): Qualifier[] {
  return scan.qualifiers.filter(({ isKnown }) => isKnown);
}

/** Ranges of one key: two ends of it are not independent of each other. */
function rangeGroups(qualifiers: readonly Qualifier[]): Qualifier[][] {
  const groups = new Map<string, Qualifier[]>();
  for (const one of qualifiers) {
    const id = one.kind === 'range' ? one.keys[0]?.id : undefined;
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  return [...groups.values()];
}

function armsOf({ arms }: Qualifier): Qualifier[][] {
  return arms.filter((arm) => arm.every(({ isKnown }) => isKnown)).map((arm) => [...arm]);
}

function together(qualifiers: readonly Qualifier[]): string | undefined {
  if (qualifiers.length === 0) return undefined;
  return qualifiers.map(({ text }) => (text.startsWith('(') ? text : `(${text})`)).join(' AND ');
}

function idOf({ scan, where }: RowsQuestion): string {
  return `${scan.table.oid} ${scan.alias} ${where ?? ''}`;
}

/** `FROM table AS alias WHERE ...` of a question. */
export function fromClause({ scan, where }: RowsQuestion): string {
  const { schema, name } = scan.table;
  const from = `FROM ${quoteName(schema)}.${quoteName(name)} AS ${quoteName(scan.alias)}`;
  return where === undefined ? from : `${from} WHERE ${where}`;
}
