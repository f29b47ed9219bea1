import { canMislead, LIES } from './misleading-statistics.js';

/** A `describe` for each lie that the planner may be told; skipped, for all to see, where the server takes none. */
export const describeMisled = (await canMislead()) ? describe.each(LIES) : describe.skip.each(LIES);
