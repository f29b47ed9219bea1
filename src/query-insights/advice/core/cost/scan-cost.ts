import type { CostSettings, TableFacts } from '../facts.js';
import { pagesFetched, type TreeSize } from './pages.js';

/** What a path costs before its first row, and until its last. */
export interface Cost {
  readonly startup: number;
  readonly total: number;
}

/** One use of an index, described as btcostestimate does. */
export interface IndexUse {
  readonly table: TableFacts;
  readonly size: TreeSize;
  /** Share of the entries between the ends of the range that is read. */
  readonly boundShare: number;
  /** Share of the rows that all conditions on the index leave. */
  readonly indexShare: number;
  /** Descents for an IN list. */
  readonly descents: number;
  readonly conditions: number;
  /** Conditions that are checked on the row. */
  readonly filters: number;
  /** Of the first key with the order of rows. */
  readonly correlation: number;
  readonly isIndexOnly: boolean;
  /** Times that it runs, for a nested loop; caches help then. */
  readonly loops: number;
}

/** Of work on an index page (DEFAULT_PAGE_CPU_MULTIPLIER). */
const PAGE_OPERATIONS = 50;

/** cost_index of PostgreSQL for b-trees. */
export function indexScanCost(use: IndexUse, settings: CostSettings): Cost {
  const index = indexCost(use, settings);
  const rows = clamp(use.indexShare * use.table.rows);
  const { most, least } = heapPages(use, rows, settings);
  const heap = most + use.correlation ** 2 * (least - most);
  const cpu = (settings.cpuTuple + use.filters * settings.cpuOperator) * rows;
  return { startup: index.startup, total: index.total + heap + cpu };
}

/** The index by itself: pages, entries, descents. */
export function indexCost(use: IndexUse, settings: CostSettings): Cost {
  const { size, descents, loops } = use;
  const entries = clamp((use.boundShare * size.tuples) / descents);
  const pages = size.pages > 1 && size.tuples > 1 ? Math.ceil((entries * size.pages) / size.tuples) : 1;
  const scans = descents * loops;
  const pagesCost =
    scans > 1
      ? (pagesFetched(pages * scans, size.pages, size.pages, settings) * settings.randomPage) / loops
      : pages * settings.randomPage;
  const perEntry = settings.cpuIndexTuple + use.conditions * settings.cpuOperator;
  const descent =
    Math.ceil(Math.log2(Math.max(2, size.tuples))) * settings.cpuOperator +
    (size.height + 1) * PAGE_OPERATIONS * settings.cpuOperator;
  return { startup: descent, total: pagesCost + entries * descents * perEntry + descents * descent };
}

/** Cost of the rows' pages when they lie in no order, and when in the order of the index. */
function heapPages(use: IndexUse, rows: number, settings: CostSettings) {
  const { table, size, loops } = use;
  const visible = use.isIndexOnly ? 1 - table.allVisibleShare : 1;
  const few = Math.ceil(use.indexShare * table.pages);
  if (loops > 1) {
    const all = (tuples: number) =>
      (Math.ceil(pagesFetched(tuples, table.pages, size.pages, settings) * visible) * settings.randomPage) /
      loops;
    return { most: all(rows * loops), least: all(few * loops) };
  }
  const random = Math.ceil(pagesFetched(rows, table.pages, size.pages, settings) * visible);
  const inOrder = Math.ceil(few * visible);
  return {
    most: random * settings.randomPage,
    least: inOrder > 0 ? settings.randomPage + (inOrder - 1) * settings.seqPage : 0,
  };
}

/** One or more indexes whose rows are read in the order of the table. */
export interface BitmapUse {
  readonly table: TableFacts;
  /** Of all indexes together. */
  readonly indexTotal: number;
  readonly rows: number;
  /** Conditions on each row; those of the index are checked again. */
  readonly filters: number;
  readonly loops: number;
  readonly indexPages: number;
}

/** cost_bitmap_heap_scan of PostgreSQL. */
export function bitmapScanCost(use: BitmapUse, settings: CostSettings): Cost {
  const { table, rows, loops } = use;
  const all = Math.max(1, table.pages);
  const once = Math.min(all, (2 * all * rows) / (2 * all + rows));
  const pages = loops > 1 ? pagesFetched(rows * loops, all, use.indexPages, settings) / loops : once;
  const perPage =
    pages >= 2
      ? settings.randomPage - (settings.randomPage - settings.seqPage) * Math.sqrt(Math.min(1, pages / all))
      : settings.randomPage;
  const startup = use.indexTotal + 0.1 * settings.cpuOperator * rows;
  const cpu = (settings.cpuTuple + use.filters * settings.cpuOperator) * rows;
  return { startup, total: startup + Math.ceil(pages) * perPage + cpu };
}

export function seqScanCost(table: TableFacts, filters: number, settings: CostSettings): Cost {
  const cpu = table.rows * (settings.cpuTuple + filters * settings.cpuOperator);
  return { startup: 0, total: table.pages * settings.seqPage + cpu };
}

/** cost_sort of PostgreSQL. @param fetched rows that a limit takes */
export function sortCost(input: Cost, rows: number, options: SortOptions, settings: CostSettings): Cost {
  const comparison = 2 * settings.cpuOperator;
  const tuples = Math.max(2, rows);
  const fetched = Math.min(tuples, Math.max(1, options.fetched ?? tuples));
  const compared = tuples > 2 * fetched ? 2 * fetched : tuples;
  const sorted = comparison * tuples * Math.log2(Math.max(2, compared));
  const startup = input.total + sorted + spilled(tuples, fetched, options.width, settings);
  return { startup, total: startup + settings.cpuOperator * tuples };
}

interface SortOptions {
  readonly width: number;
  readonly fetched?: number;
}

const TUPLE_HEADER_BYTES = 24;
const MERGE_BUFFER_BYTES = 8192 * 33;

function spilled(tuples: number, fetched: number, width: number, settings: CostSettings): number {
  const perTuple = Math.ceil(width / 8) * 8 + TUPLE_HEADER_BYTES;
  const bytes = tuples * perTuple;
  if (fetched * perTuple <= settings.workMemBytes && fetched < tuples) return 0;
  if (bytes <= settings.workMemBytes) return 0;
  const pages = Math.ceil(bytes / 8192);
  const runs = bytes / settings.workMemBytes;
  const order = Math.max(6, settings.workMemBytes / MERGE_BUFFER_BYTES);
  const passes = runs > order ? Math.ceil(Math.log(runs) / Math.log(order)) : 1;
  return 2 * pages * passes * (settings.seqPage * 0.75 + settings.randomPage * 0.25);
}

export function clamp(rows: number): number {
  return Math.max(1, Math.round(rows));
}
