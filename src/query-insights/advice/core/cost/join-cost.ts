import type { CostSettings } from '../facts.js';
import { type Cost, sortCost } from './scan-cost.js';

/** Rows on their way into a join. */
export interface JoinInput extends Cost {
  readonly rows: number;
  readonly width: number;
}

/** Each outer row asks the inner side, whose cost is that of one time. @param share of the inner rows that is read */
export function nestedLoopCost(
  outer: JoinInput,
  inner: JoinInput,
  options: LoopOptions,
  settings: CostSettings,
): Cost {
  const run =
    outer.total -
    outer.startup +
    outer.rows * (inner.startup + (inner.total - inner.startup) * options.share);
  const pairs = Math.max(options.rows, outer.rows * inner.rows * options.share);
  const cpu = pairs * (settings.cpuTuple + options.conditions * settings.cpuOperator);
  const startup = outer.startup + inner.startup;
  return { startup, total: startup + run + cpu };
}

interface LoopOptions {
  readonly rows: number;
  readonly conditions: number;
  readonly share: number;
}

const HASH_TUPLE_BYTES = 24;

/** cost_hashjoin of PostgreSQL, with evenly filled buckets. */
export function hashJoinCost(
  outer: JoinInput,
  inner: JoinInput,
  options: HashOptions,
  settings: CostSettings,
): Cost {
  const build = (settings.cpuOperator * options.conditions + settings.cpuTuple) * inner.rows;
  const probe = settings.cpuOperator * options.conditions * outer.rows;
  const bucket = Math.max(1, inner.rows / Math.max(1, options.distinct));
  const matches = settings.cpuOperator * options.conditions * outer.rows * bucket * 0.5;
  const bytes = inner.rows * (Math.ceil(inner.width / 8) * 8 + HASH_TUPLE_BYTES);
  const isSpilling = bytes > settings.workMemBytes * 2;
  const inPages = isSpilling ? pagesOf(inner) : 0;
  const outPages = isSpilling ? pagesOf(outer) : 0;
  const startup = outer.startup + inner.total + build + inPages * settings.seqPage;
  const run = outer.total - outer.startup + probe + matches + (inPages + 2 * outPages) * settings.seqPage;
  return { startup, total: startup + run + settings.cpuTuple * options.rows };
}

interface HashOptions {
  readonly rows: number;
  readonly conditions: number;
  /** Values of the inner side's keys. */
  readonly distinct: number;
}

function pagesOf({ rows, width }: JoinInput): number {
  return Math.ceil((rows * (Math.ceil(width / 8) * 8 + HASH_TUPLE_BYTES)) / 8192);
}

/** Both sides in the order of the keys; a side that is not is sorted first. */
export function mergeJoinCost(
  outer: JoinInput & { readonly isSorted: boolean },
  inner: JoinInput & { readonly isSorted: boolean },
  rows: number,
  settings: CostSettings,
): Cost {
  const [left, right] = [outer, inner].map((side) =>
    side.isSorted ? side : sortCost(side, side.rows, { width: side.width }, settings),
  );
  const startup = (left?.startup ?? 0) + (right?.startup ?? 0);
  const total = (left?.total ?? 0) + (right?.total ?? 0);
  const cpu = settings.cpuOperator * (outer.rows + inner.rows) + settings.cpuTuple * rows;
  return { startup, total: total + cpu };
}
