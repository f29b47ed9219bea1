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
export function toPage<Item extends { readonly id: string }>(
  rows: readonly Item[],
  limit: number,
): Page<Item> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
