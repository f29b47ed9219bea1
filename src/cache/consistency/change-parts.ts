import type { Change } from './replica.js';

/** Keys, and cells, named in one entry of the log. */
const KEYS_PER_CHANGE = 100;
const CELLS_PER_CHANGE = 1_000;

/** In pieces small enough for one entry of the log; at least one, so that an empty change has its place too. */
export function partsOf({ cells, keys }: Change): Change[] {
  const count = Math.max(
    1,
    Math.ceil(cells.length / CELLS_PER_CHANGE),
    Math.ceil(keys.length / KEYS_PER_CHANGE),
  );
  return Array.from({ length: count }, (_, index) => ({
    cells: cells.slice(index * CELLS_PER_CHANGE, (index + 1) * CELLS_PER_CHANGE),
    keys: keys.slice(index * KEYS_PER_CHANGE, (index + 1) * KEYS_PER_CHANGE),
  }));
}
