/** Which part of a list is wanted: at most `limit` rows after `cursor`. */
export interface PageRequest {
  readonly limit: number;
  /** `nextCursor` of the page before; absent for the first page. */
  readonly cursor?: string | undefined;
}

/** A part of a list; `nextCursor` is null at its end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** Makes a page of rows that were read with `limit + 1`: the one too many shows that more follow. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => string,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Ids as they are shown: 18 digits always fit PostgreSQL's bigint. */
export const ROW_ID = /^(0|[1-9]\d{0,17})$/;

/** Whether text can be the id of a row. */
export function isRowId(text: string): boolean {
  return ROW_ID.test(text);
}
