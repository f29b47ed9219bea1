import type { CostSettings, IndexShape, TableFacts } from '../facts.js';
import { distinctValues } from '../facts.js';

const PAGE_BYTES = 8192;
const PAGE_HEADER_BYTES = 40;
const FILL = 0.9;
const TUPLE_BYTES = 8;
const ITEM_BYTES = 4;
/** Of an entry in a posting list, which b-trees keep for equal keys. */
const POSTING_BYTES = 6;
const EXPRESSION_BYTES = 16;
/** Entries of a posting list at most: PostgreSQL keeps it below a third of a page. */
const POSTING_ENTRIES = 300;

/** Mackert and Lohman: pages read for `tuples` random rows when the cache may hold them (index_pages_fetched). */
export function pagesFetched(
  tuples: number,
  pages: number,
  indexPages: number,
  settings: CostSettings,
): number {
  const all = Math.max(1, pages);
  const cached = Math.max(1, Math.ceil((settings.cachePages * all) / Math.max(1, all + indexPages)));
  const twice = (2 * all * tuples) / (2 * all + tuples);
  if (all <= cached) return Math.ceil(Math.min(all, twice));
  const limit = (2 * all * cached) / (2 * all - cached);
  return Math.ceil(tuples <= limit ? twice : cached + ((tuples - limit) * (all - cached)) / all);
}

/** Size and height of a b-tree that was just built. */
export interface TreeSize {
  readonly pages: number;
  readonly tuples: number;
  /** Levels above the leaves. */
  readonly height: number;
}

/** @param share of the rows that a partial index holds */
export function treeSize(table: TableFacts, shape: IndexShape, share: number): TreeSize {
  const tuples = Math.max(1, table.rows * share);
  const keyBytes = alignedBytes(table, shape);
  const perEntry = TUPLE_BYTES + ITEM_BYTES + keyBytes;
  const distinct = shape.include.length > 0 ? tuples : distinctKeys(table, shape, tuples);
  const lists = Math.max(distinct, tuples / POSTING_ENTRIES);
  const deduplicated = Math.min(tuples * perEntry, lists * perEntry + tuples * POSTING_BYTES);
  const usable = (PAGE_BYTES - PAGE_HEADER_BYTES) * FILL;
  const leaves = Math.max(1, Math.ceil(deduplicated / usable));
  const fanOut = Math.max(2, Math.floor(usable / (perEntry + 4)));
  const height = leaves === 1 ? 0 : Math.ceil(Math.log(leaves) / Math.log(fanOut));
  return { pages: leaves + Math.ceil(leaves / fanOut) + 1, tuples, height };
}

function alignedBytes(table: TableFacts, shape: IndexShape): number {
  const names = [...shape.keys.map(({ column }) => column), ...shape.include];
  const bytes = names.map((name) => table.columns.get(name ?? '')?.widthBytes ?? EXPRESSION_BYTES);
  return Math.ceil(bytes.reduce((sum, width) => sum + width, 0) / 8) * 8;
}

function distinctKeys(table: TableFacts, shape: IndexShape, tuples: number): number {
  const product = shape.keys
    .map(({ column }) => distinctValues(table.columns.get(column ?? ''), table.rows))
    .reduce((all, distinct) => all * distinct, 1);
  return Math.min(tuples, product);
}

/** Height of a tree of so many pages, when nobody said it. */
export function heightOf(pages: number): number {
  return pages <= 1 ? 0 : Math.ceil(Math.log(pages) / Math.log(250));
}

export function sizeBytes({ pages }: TreeSize): number {
  return pages * PAGE_BYTES;
}
