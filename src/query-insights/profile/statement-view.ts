import { withoutLiterals } from '../../kernel/sql-literals.js';
import type { Figures } from './figures.js';
import type { ProfiledStatement } from './fingerprint-table.js';

const LONGEST_SHOWN_TEXT = 2_000;

/** What statements have cost; times in ms, percentiles within 1 %, null without calls. */
export interface FiguresView {
  readonly calls: number;
  readonly rows: number;
  readonly errors: number;
  /** Failures by class of SQLSTATE, "client" where the server gave none. */
  readonly errorClasses: Readonly<Record<string, number>>;
  readonly deadlocks: number;
  readonly totalMs: number;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Samples, one a second, in which the server was seen waiting for this. */
  readonly waits: Readonly<Record<string, number>>;
}

/** A statement of this process. */
export interface StatementView extends FiguresView {
  readonly fingerprint: string;
  readonly kind: string;
  /** Without literals, at most 2,000 characters. */
  readonly text: string;
}

/** What statements can be sorted by, largest first. */
export const STATEMENT_ORDERS = [
  'totalMs',
  'meanMs',
  'p95Ms',
  'p99Ms',
  'maxMs',
  'calls',
  'rows',
  'errors',
] as const;

/** One of these orders. */
export type StatementOrder = (typeof STATEMENT_ORDERS)[number];

/** @param figures those of the whole time by default */
export function viewStatement(statement: ProfiledStatement, figures = statement.total): StatementView {
  const { id, kind, text } = statement;
  return { fingerprint: id, kind, text: shownText(text), ...viewFigures(figures) };
}

export function viewFigures(figures: Figures): FiguresView {
  const { calls, rows, errors, deadlocks, durations, totalMs, meanMs } = figures;
  const [p50Ms = null, p95Ms = null, p99Ms = null] = durations.quantiles([0.5, 0.95, 0.99]);
  return {
    calls,
    rows,
    errors,
    errorClasses: Object.fromEntries(figures.errorClasses ?? []),
    deadlocks,
    totalMs,
    meanMs,
    maxMs: durations.max,
    p50Ms,
    p95Ms,
    p99Ms,
    waits: Object.fromEntries(figures.waits ?? []),
  };
}

/** A text as it may be shown. */
export function shownText(text: string): string {
  return withoutLiterals(text).slice(0, LONGEST_SHOWN_TEXT);
}

/** Sorts by a figure, largest first; equal ones by name, so that the order is always the same. */
export function byFigure<View extends FiguresView & { readonly fingerprint: string }>(
  order: StatementOrder,
): (a: View, b: View) => number {
  return (a, b) => (b[order] ?? -1) - (a[order] ?? -1) || a.fingerprint.localeCompare(b.fingerprint);
}
